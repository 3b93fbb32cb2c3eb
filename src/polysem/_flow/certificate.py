"""Is a state the end of the flow? Checked on the state itself, whatever method made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._network import gram, smooth_force
from polysem._types import Weights


@dataclass(frozen=True)
class Certificate:
    """What one state W: (n_features, n_neurons) shows about its being an end state.

    `max_nonzeros` — most nonzero weights in one row; an end state has at most 1.
    `max_overlap` — largest W_i·W_j, i ≠ j; an end state has none above 0.
    `max_zero_force` — largest |smooth force| on a zero weight; held while ≤ λ.
    `residual` — largest |dW/dt| over nonzero weights.
    `l1` — the λ against which it was measured.
    """

    max_nonzeros: int
    max_overlap: float
    max_zero_force: float
    residual: float
    l1: float

    @property
    def holds(self) -> bool:
        """True if the state is certified: sparse, free of positive overlap, zeros held."""
        return self.max_nonzeros <= 1 and self.max_overlap <= 0 and self.max_zero_force <= self.l1


def certify(W: Weights, l1: float) -> Certificate:
    """Measure the certificate of one state W: (n_features, n_neurons)."""
    G = gram(W)
    off_diagonal = G[~np.eye(len(W), dtype=bool)]
    force = smooth_force(W)
    nonzero = W != 0
    speed = np.abs(force - l1 * np.sign(W))[nonzero]
    return Certificate(
        max_nonzeros=int(nonzero.sum(-1).max(initial=0)),
        max_overlap=float(off_diagonal.max(initial=0.0)),
        max_zero_force=float(np.abs(force)[~nonzero].max(initial=0.0)),
        residual=float(speed.max(initial=0.0)),
        l1=l1,
    )
