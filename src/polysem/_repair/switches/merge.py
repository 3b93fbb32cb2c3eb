"""Two neurons become one, and the other is left empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import row
from polysem._types import Weights

Index = Annotated[int, Field(ge=0)]


class Merge(StartMethod):
    """All weights of the second of `neurons` are added to the first, and it is left empty.

    `sign` — "as_is"; or the second is turned over first where that is needed for the strongest
    features of the two to meet with opposite ("benign") or equal ("malign") signs.
    """

    kind: Literal["merge"] = "merge"
    neurons: tuple[Index, Index] = (0, 1)
    sign: Literal["as_is", "benign", "malign"] = "as_is"

    @field_validator("neurons")
    @classmethod
    def _two(cls, neurons: tuple[int, int]) -> tuple[int, int]:
        if neurons[0] == neurons[1]:
            raise ValueError("two different neurons are needed")
        return neurons

    @property
    def does(self) -> str:
        """In a few words."""
        return f"neuron {self.neurons[1]} merged into neuron {self.neurons[0]} ({self.sign})"

    def fits(self, n: int, m: int) -> str | None:
        """Both must be there."""
        missing = max(self.neurons)
        return None if missing < m else f"there is no neuron {missing} among m = {m}"

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Merge in place."""
        into, gone = self.neurons
        moved = np.flatnonzero(W[:, gone])
        W[:, into] += self._turn(W[:, into], W[:, gone]) * W[:, gone]
        W[:, gone] = 0
        return [row(seed, gone, feature, into, "merge") for feature in moved]

    def _turn(self, one: np.ndarray, other: np.ndarray) -> int:
        """−1 if the second neuron has to be turned over, else 1."""
        meeting = one[np.abs(one).argmax()] * other[np.abs(other).argmax()]
        wrong = {"as_is": False, "benign": meeting > 0, "malign": meeting < 0}
        return -1 if wrong[self.sign] else 1
