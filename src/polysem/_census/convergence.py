"""Has a state converged? Read off the state itself, whatever made it.

Gradient flow ends in exact zeros; its end states have one or no nonzero weight per feature and no
positive overlap (`exact`). AdamW leaves small weights of both signs and no exact zeros; its end
states are recognised within 5 % (`approximate`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._census.rows import Rows
from polysem._types import Weights

TOLERANCE = 0.05
CARRIES = 0.9  # of the norm; 4096 leftover weights of 0.005 each still leave 0.95 to the largest
COLUMN_BLOCK = 1 << 13


@dataclass(frozen=True)
class Convergence:
    """What one state shows.

    `exact` — True if it was judged as a state with exact zeros.
    `unsettled_features` — features with more than one nonzero weight (exact); living features
    whose second largest |w| exceeds 5 % of their norm or whose largest is under 90 % of it
    (approximate; the second condition finds dense rows of many small weights).
    `max_overlap` — largest W_i·W_j over i ≠ j, not below 0.
    `converged` — no unsettled feature, and no overlap above 0 (exact) or 0.05 × scale².
    """

    exact: bool
    unsettled_features: int
    max_overlap: float
    converged: bool


def convergence(W: Weights, rows: Rows, alive: np.ndarray, scale: float) -> Convergence:
    """Judge one usable state W: (n_features, n_neurons) with encodings of length `scale`."""
    exact = has_exact_zeros(rows, W.shape[-1])
    if exact:
        unsettled, allowed = rows.nonzeros > 1, 0.0
    else:
        spread = rows.second > TOLERANCE * rows.norm
        unsettled = alive & (spread | (np.abs(rows.weight) < CARRIES * rows.norm))
        allowed = TOLERANCE * scale**2
    overlap = max_overlap(W, float(rows.norm.max()))
    count = int(unsettled.sum())
    return Convergence(exact, count, overlap, count == 0 and overlap <= allowed)


def has_exact_zeros(rows: Rows, n_neurons: int) -> bool:
    """True if at least half of the weights that are not the largest of their row are exactly zero.

    Half, not one: a trained matrix of millions of weights may hold a zero by accident.
    """
    zeros = len(rows.nonzeros) * n_neurons - int(rows.nonzeros.sum())
    return zeros > 0 and zeros >= len(rows.nonzeros) * (n_neurons - 1) / 2


def max_overlap(W: Weights, largest_norm: float) -> float:
    """Largest W_i·W_j over i ≠ j, not below 0: W (n_features, n_neurons).

    Only neurons with two or more nonzero weights contribute, which are few once W is sparse.
    Weights are divided by the largest row norm first, so that float32 products cannot overflow.
    """
    if largest_norm == 0:
        return 0.0
    shared = np.flatnonzero(np.count_nonzero(W, axis=0) >= 2)
    dtype = np.float32 if W.dtype == np.float32 else np.float64
    G = np.zeros((len(W), len(W)), dtype=dtype)
    for left in range(0, len(shared), COLUMN_BLOCK):
        part = W[:, shared[left : left + COLUMN_BLOCK]] / dtype(largest_norm)
        G += part @ part.T
    np.fill_diagonal(G, 0)
    return float(G.max(initial=0)) * largest_norm**2
