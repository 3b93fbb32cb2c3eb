"""Two features exchange their neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import first_choices, row
from polysem._types import Weights

Index = Annotated[int, Field(ge=0)]


class Swap(StartMethod):
    """Features i and j exchange the neurons k and l of their largest |weight|.

    Both rows exchange their weights on k and l, so each keeps all its weights; applied twice it
    changes nothing. Where nobody else is on k or l it renames two neurons, and no loss changes.
    """

    kind: Literal["swap"] = "swap"
    features: tuple[Index, Index] = (0, 1)

    @field_validator("features")
    @classmethod
    def _two(cls, features: tuple[int, int]) -> tuple[int, int]:
        if features[0] == features[1]:
            raise ValueError("two different features are needed")
        return features

    @property
    def does(self) -> str:
        """In a few words."""
        return f"features {self.features[0]} and {self.features[1]} exchange their neurons"

    def fits(self, n: int, m: int) -> str | None:
        """Both must be there."""
        missing = max(self.features)
        return None if missing < n else f"there is no feature {missing} among n = {n}"

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Exchange in place."""
        both = list(self.features)
        k, other = (int(neuron) for neuron in first_choices(W)[both])
        if k == other:
            return []
        for feature in both:
            W[feature, [k, other]] = W[feature, [other, k]]
        one, two = both
        return [row(seed, k, one, other, "swap"), row(seed, other, two, k, "swap")]
