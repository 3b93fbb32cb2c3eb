"""How much of a dimension each feature has to itself."""

from __future__ import annotations

import numpy as np

BLOCK = 4096  # neurons added to the Gram matrix at a time


def gram(W: np.ndarray) -> np.ndarray:
    """W Wᵀ in float64, over blocks of neurons: (features, neurons) → (features, features).

    float32 weights are multiplied in float32 within a block of 4,096 neurons and added up in
    float64: relative error about 1e-6 of ‖W_i‖‖W_j‖.
    """
    total = np.zeros((len(W), len(W)))
    kind = np.float32 if W.dtype == np.float32 else np.float64
    for left in range(0, W.shape[1], BLOCK):
        block = np.ascontiguousarray(W[:, left : left + BLOCK], dtype=kind)
        total += block @ block.T  # NumPy multiplies by its transpose at half the cost
    return total


def feature_capacity(W: np.ndarray) -> np.ndarray:
    """C_i = (W_i·W_i)² / Σ_j (W_i·W_j)² of each feature: (features,), 0 to 1; NaN for a zero row.

    1 if the encoding is orthogonal to all others; Σ C_i ≤ rank W (Scherlis et al. 2022,
    arXiv 2210.01892). `W`: (features, neurons). It is the same number as the feature
    dimensionality D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)² with Ŵ_i = W_i/‖W_i‖ of Elhage et al. (2022, Toy
    Models of Superposition): multiply numerator and denominator by ‖W_i‖².
    """
    return capacity_of_gram(gram(W))


def capacity_of_gram(products: np.ndarray) -> np.ndarray:
    """The same from W Wᵀ."""
    size = np.sqrt(np.diagonal(products))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines_and_scale = products / size[:, None] / size.max(initial=0)
        own = size / size.max(initial=0)
        return own**2 / np.einsum("ij,ij->i", cosines_and_scale, cosines_and_scale)


def capacity_shortage(W: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Σ_i (1 − C_i) w_ik²/‖W_i‖²: capacity that the features of neuron k lack, (neurons,).

    Each feature's shortage is charged to neurons by their share of its squared norm, so that the
    sum over neurons is Σ_i (1 − C_i) over features that are not zero.
    """
    norms = np.einsum("ik,ik->i", W, W, dtype=np.float64)
    alive = norms > 0
    charge = np.divide(1 - capacity, norms, out=np.zeros_like(norms), where=alive)
    return _weighted_squares(charge, W)


def _weighted_squares(weights: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Σ_i weights_i w_ik², block by block: (neurons,)."""
    result = np.empty(W.shape[1])
    for left in range(0, W.shape[1], BLOCK):
        block = W[:, left : left + BLOCK]
        result[left : left + BLOCK] = np.einsum("i,ik,ik->k", weights, block, block)
    return result
