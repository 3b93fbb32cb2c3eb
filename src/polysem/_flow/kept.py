"""A state kept for later in little memory: lists of its weights wherever most are zero."""

from __future__ import annotations

import numpy as np

from polysem._flow.certificate import neuron_blocks
from polysem._types import Weights

LISTED_BELOW = 0.3  # share of nonzero weights below which a list of them is the smaller


class Kept:
    """W: (n_features, n_neurons), some neurons at a time; no larger than W, O(nonzeros) if few."""

    def __init__(self, W: Weights) -> None:
        self._shape, self._dtype = W.shape, W.dtype
        self._blocks = [_listed(W[:, some]) for some in neuron_blocks(W)]

    def largest_change(self, W: Weights) -> float:
        """Largest difference of a weight of `W`, of the same shape, from the one kept."""
        changes = [
            np.abs(W[:, some] - self._dense(i)).max(initial=0)
            for i, some in enumerate(neuron_blocks(W))
        ]
        return float(max(changes, default=0))

    def state(self) -> Weights:
        """The state that was kept."""
        W = np.empty(self._shape, self._dtype)
        for i, some in enumerate(neuron_blocks(W)):
            W[:, some] = self._dense(i)
        return W

    def _dense(self, number: int) -> np.ndarray:
        """The weights of a block: (n_features, its neurons)."""
        shape, where, values = self._blocks[number]
        if where is None:
            return values
        dense = np.zeros(shape, self._dtype)
        dense.reshape(-1)[where] = values
        return dense


def _listed(block: np.ndarray) -> tuple[tuple[int, ...], np.ndarray | None, np.ndarray]:
    """(shape, positions, weights there); without positions all weights."""
    if np.count_nonzero(block) >= LISTED_BELOW * block.size:
        return block.shape, None, block.copy(order="K")
    flat = block.reshape(-1)
    where = np.flatnonzero(flat).astype(np.int32)
    return block.shape, where, flat[where]
