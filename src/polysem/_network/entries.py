"""The penalty of single weights as a function ρ(|w|): one small configuration per function.

A new one is a class with `kind`, `value` and `slope`, and one word in `AnyEntry`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from polysem._network.backend import namespace
from polysem._network.entry import Entry
from polysem._types import Array

Scale = Annotated[float, Field(ge=0.01, le=100)]


class Log(Entry):
    """s log(1 + |w|/s): ℓ1 for |w| ≪ s; large weights pay little more than smaller ones.

    The log-sum penalty of Candès, Wakin and Boyd (2008), scaled to slope 1 at zero.
    """

    kind: Literal["log"] = "log"
    scale: Scale = 0.1

    def value(self, size: Array) -> Any:
        """ρ(|w|), entry by entry."""
        return self.scale * namespace(size).log1p(size / self.scale)

    def slope(self, size: Array) -> Any:
        """ρ'(|w|), entry by entry."""
        return self.scale / (self.scale + size)


class SmoothL1(Entry):
    """√(w² + s²) − s: ℓ1 for |w| ≫ s, quadratic below, so that no weight is held at zero."""

    kind: Literal["smooth_l1"] = "smooth_l1"
    scale: Scale = 0.1

    def value(self, size: Array) -> Any:
        """ρ(|w|), entry by entry."""
        return (size**2 + self.scale**2) ** 0.5 - self.scale

    def slope(self, size: Array) -> Any:
        """ρ'(|w|), entry by entry."""
        return size / (size**2 + self.scale**2) ** 0.5


AnyEntry = Annotated[Log | SmoothL1, Field(discriminator="kind")]
