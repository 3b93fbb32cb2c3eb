"""The output activation σ in x̂ = σ(W Wᵀ x): one small configuration per function.

`value` and `slope` act on arrays of either backend. σ'(0) = 0 for the rectifiers, as in autograd.
The `PiecewiseLinear` ones, σ(z) = max(z + shift, 0) + leak·min(z + shift, 0), are straight on
either side of one kink, which is what the fast engine can follow.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from polysem._config import Config
from polysem._network.backend import namespace
from polysem._types import Array


class Kink(NamedTuple):
    """Where a rectifier bends, z = −shift, and its slope `leak` below."""

    leak: float = 0.0
    shift: float = 0.0


class PiecewiseLinear(Config):
    """A rectifier: slope 1 above its kink, `leak` below it."""

    @property
    def kink(self) -> Kink:
        """The kink of the base model, unless a subclass says otherwise."""
        return Kink()

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        xp, (leak, shift) = namespace(z), self.kink
        above = xp.clip(z + shift, min=0)
        return above if leak == 0 else above + leak * xp.clip(z + shift, max=0)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        leak, shift = self.kink
        above = (z + shift > 0) + 0 * z
        return above if leak == 0 else above + leak * (z + shift < 0)


class Relu(PiecewiseLinear):
    """max(z, 0): the base model."""

    kind: Literal["relu"] = "relu"


class Leaky(PiecewiseLinear):
    """z above zero, leak·z below: a negative overlap costs leak² as much as a positive one."""

    kind: Literal["leaky"] = "leaky"
    leak: Annotated[float, Field(ge=0, le=1)]

    @property
    def kink(self) -> Kink:
        """At zero."""
        return Kink(leak=self.leak)


class Shifted(PiecewiseLinear):
    """max(z + shift, 0).

    With shift < 0 overlaps up to −shift are free; with shift > 0 overlaps above −shift cost, so
    that encodings are pushed to negative overlaps.
    """

    kind: Literal["shifted"] = "shifted"
    shift: Annotated[float, Field(ge=-0.9, le=0.9)]

    @property
    def kink(self) -> Kink:
        """At −shift."""
        return Kink(shift=self.shift)


Activation = Annotated[Relu | Leaky | Shifted, Field(discriminator="kind")]
