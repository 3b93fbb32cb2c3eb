"""Output activations that are straight on either side of one kink; the fast engine follows them.

σ(z) = max(z + shift, 0) + leak·min(z + shift, 0). σ'(0) = 0 at the kink, as in autograd.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from polysem._network.backend import positive_part
from polysem._network.elementwise import Elementwise, Kink
from polysem._types import Array


class PiecewiseLinear(Elementwise):
    """A rectifier: slope 1 above its kink, `leak` below it."""

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        leak, shift = self.kink
        z = z + shift
        above = positive_part(z)
        return above if leak == 0 else above - leak * positive_part(-z)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        leak, shift = self.kink
        above = (z + shift > 0) + 0 * z
        return above if leak == 0 else above + leak * ((z + shift < 0) + 0 * z)


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


class Identity(PiecewiseLinear):
    """z itself: a linear autoencoder, in which overlaps of both signs cost alike."""

    kind: Literal["identity"] = "identity"

    @property
    def kink(self) -> Kink:
        """None to be seen: slope 1 on both sides."""
        return Kink(leak=1.0)

    def value(self, z: Array) -> Any:
        """z."""
        return z

    def slope(self, z: Array) -> Any:
        """1, at zero too."""
        return 1 + 0 * z


class Abs(PiecewiseLinear):
    """|z|: overlaps of both signs cost alike."""

    kind: Literal["abs"] = "abs"

    @property
    def kink(self) -> Kink:
        """At zero, slope −1 below."""
        return Kink(leak=-1.0)
