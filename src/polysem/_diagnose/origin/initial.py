"""Init-caused: does a neuron stay polysemantic if its losing initial weights had been zero?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Train = Callable[[np.ndarray], np.ndarray]
"""Starting weights (runs, features, neurons) → weights at the end, the same shape."""
Represents = Callable[[np.ndarray], np.ndarray]
"""Weights (…, features, neurons) → booleans of the same shape."""


def without_losers(start: np.ndarray, neuron: int, keep: int) -> np.ndarray:
    """The start with the initial weights of all features but `keep` zeroed on `neuron`."""
    changed = start.copy()
    others = np.arange(len(start)) != keep
    changed[others, neuron] = 0
    return changed


def init_caused(
    start: np.ndarray, held: dict[int, list[int]], train: Train, represents: Represents
) -> dict[int, bool]:
    """For each polysemantic neuron: True if it is no longer polysemantic after training again.

    `start`: (features, neurons), where this network began. `held` — features of each polysemantic
    neuron; the one that stays is the strongest *at the start*, the winner, and the others' initial
    weights there are set to zero. *Who* shares a neuron is nearly always due to the start, so this
    asks about the neuron, not the pair. A neuron may be removable and not init-caused (a poor
    optimum), and the other way round.
    """
    if not held:
        return {}
    starts = [
        without_losers(start, k, max(features, key=lambda f: abs(float(start[f, k]))))
        for k, features in held.items()
    ]
    ends = represents(train(np.stack(starts)))
    return {k: bool(end[:, k].sum() < 2) for k, end in zip(held, ends, strict=True)}
