"""The penalty on the encodings: λ Σ_i w_i (Σ_k |W_ik|^entry_power)^power + l2 Σ_i ‖W_i‖².

With `entry`, ρ(|W_ik|) stands for |W_ik|^entry_power.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from polysem._config import Config
from polysem._network.backend import namespace
from polysem._network.entries import AnyEntry
from polysem._network.per_feature import PerFeature
from polysem._types import Encodings, PerFeatureValues, PerNetwork

Power = Annotated[float, Field(ge=1, le=4)]


class Penalty(Config):
    """What multiplies λ, and what stands beside it. The default is the base model's ℓ1 norm.

    `weights` — w_i ≥ 0, the strength for each feature as a multiple of λ; 1 by default.
    `power` — p of ‖W_i‖₁^p: 1 is the ℓ1 norm, 2 the squared row-ℓ1 norm.
    `entry_power` — q of |W_ik|^q: 1 is ℓ1, 1.5 is ℓ1.5, 2 is ℓ2; other than 1 it needs power = 1.
    `entry` — another function ρ(|W_ik|) instead of a power ("log", "smooth_l1"); both powers are 1.
    `l2` — μ ≥ 0 of μ Σ_i ‖W_i‖²; beside ℓ1 it makes the elastic net.
    `on` — "weights", or "activations" of the hidden layer, averaged over the data as the loss is.
    For one-hot data and hidden units without activation function the two are the same number.
    """

    weights: PerFeature | None = None
    power: Power = 1.0
    entry_power: Power = 1.0
    entry: AnyEntry | None = None
    l2: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    on: Literal["weights", "activations"] = "weights"

    @model_validator(mode="after")
    def _one_power(self) -> Self:
        if self.power != 1 and self.entry_power != 1:
            raise ValueError(
                f"power = {self.power:g} and entry_power = {self.entry_power:g} were both given; "
                "use one of them, the other is 1"
            )
        if self.entry is not None and self.power * self.entry_power != 1:
            name = "power" if self.power != 1 else "entry_power"
            raise ValueError(
                f"{name} = {getattr(self, name):g} and entry were both given; entry takes the "
                "place of powers, leave one of them out"
            )
        return self

    @property
    def straight(self) -> bool:
        """True if single weights pay in proportion to their size, as in the ℓ1 norm."""
        return self.entry is None and self.entry_power == 1

    @property
    def at_zero(self) -> float:
        """What holds a zero weight at zero, as a multiple of `row_strengths`; 0 if smooth."""
        if self.entry is not None:
            return self.entry.at_zero
        return 1.0 if self.straight else 0.0

    def alone(self, sizes: Any) -> Any:
        """The slope of a row's penalty per λ w_i if one weight, of the given size, is nonzero."""
        if self.entry is not None:
            return self.entry.slope(sizes)
        degree = self.power * self.entry_power
        return degree * sizes ** (degree - 1)

    def value(self, rows: Encodings, base: Any, share: Any = 1.0) -> PerNetwork:
        """The penalty of rows (…, n, m): (…,).

        `base` — strengths λ w_i, one number or (n,). `share` — a weight for each row.
        """
        size = self._size(rows) ** self.power
        return (share * (base * size + self.l2 * (rows**2).sum(-1))).sum(-1)

    def slope(self, rows: Encodings, base: Any, share: Any = None) -> Encodings:
        """Its derivative with sign(0) = 0: shape of `rows`."""
        pull = self.row_strengths(rows, base)[..., None] * self.bend(rows)
        if self.l2 != 0:
            pull = pull + 2 * self.l2 * rows
        return pull if share is None else share[..., None] * pull

    def row_strengths(self, rows: Encodings, base: Any) -> PerFeatureValues:
        """λ w_i p S_i^(p−1) with S_i = Σ_k |W_ik|^q: (…, n)."""
        xp = namespace(rows)
        if self.power != 1:
            return base * self.power * self._size(rows) ** (self.power - 1)
        if isinstance(base, float | int):
            return base * xp.ones_like(rows[..., 0])
        return base if rows.ndim == 2 else xp.broadcast_to(base, rows.shape[:-1])

    def bend(self, rows: Encodings) -> Any:
        """ρ'(|w|) sign(w) of every weight: q |w|^(q−1) sign(w), sign(w) for the ℓ1 norm."""
        xp, q = namespace(rows), self.entry_power
        if self.entry is not None:
            return self.entry.slope(xp.abs(rows)) * xp.sign(rows)
        return xp.sign(rows) if q == 1 else q * xp.abs(rows) ** (q - 1) * xp.sign(rows)

    def smooth_bend(self, rows: Encodings) -> Any:
        """`bend` less its jump at zero: what is left of it there is continuous."""
        bend, jump = self.bend(rows), self.at_zero
        return bend if jump == 0 else bend - jump * namespace(rows).sign(rows)

    def _size(self, rows: Encodings) -> Any:
        size = namespace(rows).abs(rows)
        if self.entry is not None:
            return self.entry.value(size).sum(-1)
        return (size if self.entry_power == 1 else size**self.entry_power).sum(-1)
