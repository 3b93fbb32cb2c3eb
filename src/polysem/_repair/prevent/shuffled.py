"""The sham of starts that move largest weights: as much is moved, nothing is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import put_largest_on
from polysem._theory.count_predictions import polysemantic_models
from polysem._theory.prediction import Prediction
from polysem._types import Weights

STREAM = 0x73687566  # sets these draws apart from the starting weights of the seed


class Shuffled(StartMethod):
    """Every row's largest weight swapped with that on a random neuron.

    Rows of a normal start are exchangeable, so its law stays what it was.
    """

    kind: Literal["shuffled"] = "shuffled"

    @property
    def does(self) -> str:
        """In a few words."""
        return "sham: largest weights moved to random neurons"

    def expected(self, n: int, m: int) -> Prediction:
        """As for the plain start."""
        return plain_expected(n, m)

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Swap with a random neuron."""
        draws = np.random.default_rng((seed, STREAM))
        return list(put_largest_on(W, draws.integers(W.shape[1], size=len(W)), seed, "shuffled"))


def plain_expected(n: int, m: int) -> Prediction:
    """Signed balls in bins, or random exclusion where m < n."""
    models = {item.name: item for item in polysemantic_models(n, m)}
    return models["polysemantic_balls" if m >= n else "polysemantic_exclusion"]
