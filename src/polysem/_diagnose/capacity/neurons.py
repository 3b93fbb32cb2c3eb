"""Per neuron: how its weights, or its activity, are spread; dead and double neurons."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

DEAD = 1e-6
"""A neuron is dead if its weights' norm, or its activity's sd, is below this × the largest."""
DUPLICATE = 1e-6
"""Two neurons are duplicates if 1 − cosine of their incoming weights is at most this."""
BLOCK = 4096  # neurons at a time
SIEVE = 6  # dimensions of the projection that finds candidates for duplicates


def dead_neurons(sizes: np.ndarray, tolerance: float = DEAD) -> np.ndarray:
    """True where `sizes` ≤ tolerance × largest size: norms of weights, or sds of activity.

    `sizes`: (neurons,), 0 or above. All are dead if the largest is 0.
    """
    return sizes <= tolerance * sizes.max(initial=0)


def column_norms(W: np.ndarray) -> np.ndarray:
    """‖W_·k‖₂ of every neuron in float64: (features, neurons) → (neurons,)."""
    return np.sqrt(np.einsum("ik,ik->k", W, W, dtype=np.float64))


def duplicate_groups(W: np.ndarray, tolerance: float = DUPLICATE) -> np.ndarray:
    """Group number of each neuron, (neurons,): the lowest neuron that it duplicates, or itself.

    Going up the neurons, each one without a group leads a new one and takes in every later neuron
    without a group whose incoming weights point the same way: 1 − cosine ≤ tolerance. Lengths may
    differ; opposite directions do not count. Dead neurons lead groups of their own. Candidates
    come from a projection on six random directions that cannot lose a pair, and each is checked.
    """
    norms = column_norms(W)
    alive = np.flatnonzero(~dead_neurons(norms))
    groups = np.arange(W.shape[1])
    if len(alive) < 2:
        return groups
    radius = np.sqrt(2 * tolerance)  # length of the difference of two unit vectors
    points = _projections(W, norms, alive)
    tree = KDTree(points)
    free = np.ones(len(alive), dtype=bool)
    for leader in range(len(alive)):
        if not free[leader]:
            continue
        near = np.array(tree.query_ball_point(points[leader], radius * (1 + 1e-6) + 1e-6))
        near = near[free[near]]
        free[leader] = False
        near = near[near != leader]
        if len(near):
            taken = near[_cosine_gaps(W, norms, alive[leader], alive[near]) <= tolerance]
            groups[alive[taken]] = alive[leader]
            free[taken] = False
    return groups


def _projections(W: np.ndarray, norms: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """Unit columns on a few orthonormal directions: lengths of differences can only shrink."""
    axes = np.random.default_rng(0).standard_normal((len(W), min(SIEVE, len(W))))
    axes = np.linalg.qr(axes)[0].T
    parts = [axes @ W[:, left : left + BLOCK] for left in range(0, W.shape[1], BLOCK)]
    return (np.concatenate(parts, axis=1)[:, alive] / norms[alive]).T


def _cosine_gaps(
    W: np.ndarray, norms: np.ndarray, leader: np.intp, others: np.ndarray
) -> np.ndarray:
    """1 − cosine as ½‖u − v‖², which keeps its digits where the cosine is near 1."""
    gaps = np.empty(len(others))
    first = W[:, leader].astype(np.float64) / norms[leader]
    for left in range(0, len(others), BLOCK):
        part = others[left : left + BLOCK]
        difference = W[:, part] / norms[part] - first[:, None]
        gaps[left : left + BLOCK] = 0.5 * np.einsum("ik,ik->k", difference, difference)
    return gaps


def effective_features(W: np.ndarray) -> np.ndarray:
    """exp(−Σ_i p ln p) with p_i = w_ik²/Σ_i w_ik²: features on neuron k, 1 to n; NaN if none.

    The perplexity of the neuron's squared weights: (features, neurons) → (neurons,).
    """
    result = np.empty(W.shape[1])
    for left in range(0, W.shape[1], BLOCK):
        squares = W[:, left : left + BLOCK].astype(np.float64) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = squares / squares.sum(0)
            logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
            result[left : left + BLOCK] = np.exp(-np.einsum("ik,ik->k", shares, logs))
    return result


def fourth_norms(W: np.ndarray) -> np.ndarray:
    """Σ_i w_ik⁴ / (Σ_i w_ik²)², from 1/n (even) to 1 (one weight): (neurons,); NaN for a dead one.

    The fourth norm of arXiv 2312.03096, Section 4, of columns scaled to unit length.
    """
    result = np.empty(W.shape[1])
    for left in range(0, W.shape[1], BLOCK):
        squares = W[:, left : left + BLOCK].astype(np.float64) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = squares / squares.sum(0)
        result[left : left + BLOCK] = np.einsum("ik,ik->k", shares, shares)
    return result


def kurtosis(values: np.ndarray) -> np.ndarray:
    """Excess kurtosis of each column, m₄/m₂² − 3, biased: (rows, neurons) → (neurons,).

    0 for a normal law; NaN for a constant column. Rows are samples of activity, or features.
    """
    result = np.empty(values.shape[1])
    for left in range(0, values.shape[1], BLOCK):
        block = values[:, left : left + BLOCK].astype(np.float64)
        constant = (block == block[:1]).all(0)
        block -= block.mean(0)
        squares = block**2
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (squares**2).mean(0) / squares.mean(0) ** 2 - 3
        result[left : left + BLOCK] = np.where(constant, np.nan, ratio)
    return result
