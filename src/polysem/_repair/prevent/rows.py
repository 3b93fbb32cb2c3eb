"""Moving the largest weight of a row to another neuron, with a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from polysem._types import Weights


def first_choices(W: Weights) -> np.ndarray:
    """Neuron of every feature's largest |weight|: W (n_features, n_neurons) → (n_features,)."""
    return np.abs(W).argmax(1)


def put_largest_on(W: Weights, neurons: np.ndarray, seed: int, kind: str) -> Iterator[dict]:
    """Swap, in place, every row's largest |weight| with that on `neurons`: (n_features,).

    A row keeps its weights, only two of them change places. Yields one record row per move.
    """
    rows, largest = np.arange(len(W)), first_choices(W)
    W[rows, neurons], W[rows, largest] = W[rows, largest], W[rows, neurons]
    for feature in np.flatnonzero(neurons != largest):
        yield row(seed, largest[feature], feature, neurons[feature], kind)


def row(seed: int, neuron: Any, feature: Any, to_neuron: Any, kind: str) -> dict[str, Any]:
    """One row of a record, from numbers of any kind."""
    return {
        "seed": seed,
        "neuron": int(neuron),
        "feature": int(feature),
        "to_neuron": None if to_neuron is None else int(to_neuron),
        "kind": kind,
    }
