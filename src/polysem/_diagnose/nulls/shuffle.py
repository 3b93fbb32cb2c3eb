"""The weight-shuffle null: the same weights, in other places."""

from __future__ import annotations

from typing import Literal

import numpy as np

from polysem._diagnose.nulls.result import Alternative, NullTest, simulated
from polysem._diagnose.nulls.rotation import Statistic
from polysem._errors import BadInput

Within = Literal["feature", "neuron", "all"]
WORDS = {
    "feature": "weights shuffled over the neurons of each feature",
    "neuron": "weights shuffled over the features of each neuron",
    "all": "weights shuffled over the whole matrix",
}


def shuffle_null(
    W: np.ndarray,
    statistic: Statistic,
    within: Within = "feature",
    draws: int = 100,
    seed: int = 0,
    name: str = "statistic",
    alternative: Alternative = "greater",
) -> NullTest:
    """`statistic` of weights W: (features, neurons) against that of shuffled weights.

    `within` "feature": each feature keeps its weights and lands on neurons at random; "neuron":
    each neuron keeps its weights and gets features at random; "all": only the distribution of
    weights stays.
    """
    return NullTest(
        name,
        _words(within),
        float(statistic(W)),
        simulated(lambda g: float(statistic(shuffled(W, g, within))), draws, seed),
        seed,
        alternative,
    )


def shuffled(
    W: np.ndarray, generator: np.random.Generator, within: Within = "feature"
) -> np.ndarray:
    """A shuffled copy of W: (features, neurons)."""
    _words(within)
    if within == "all":
        return generator.permutation(W.ravel()).reshape(W.shape)
    return generator.permuted(W, axis=1 if within == "feature" else 0)


def _words(within: str) -> str:
    if within not in WORDS:
        raise BadInput(f"within = {within!r} is not allowed: give {', '.join(WORDS)}.")
    return WORDS[within]
