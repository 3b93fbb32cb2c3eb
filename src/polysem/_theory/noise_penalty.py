"""What noise on the hidden layer costs: a penalty on the encodings, with the sign of the kurtosis.

Output j sees μ + W_j·ξ for an input with overlap μ = W_i·W_j. With ξ_k independent, of standard
deviation σ and excess kurtosis κ, the sum has standard deviation s = σ‖W_j‖ and fourth cumulant
κσ⁴ Σ_k W_jk⁴. To first order in that cumulant (Edgeworth),

    E (ReLU(μ + W_j·ξ) − y)² = Gaussian part
        + (κσ⁴/12) Σ_k W_jk⁴ · (φ(μ/s)/s³) · (−μ − y (μ²/s² − 1))

with y the wanted output: 1 for the feature's own input, else 0. The Gaussian part knows ‖W_j‖ and
μ only, so it prefers no neuron; for μ < 0 the second rewards large fourth norms, that is sparse
encodings, where κ < 0, and punishes them where κ > 0. docs/axes.md; arXiv 2312.03096, Section 4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._theory.prediction import Prediction

LARGEST_RATIO = 0.1
"""Of |κ| Σ W⁴/‖W‖⁴ in the domain. By quadrature the error of the first order is 1.3 times this
ratio or less, relative to the largest value over μ, for three-point noise with κ = 2, and 0.6
times or less for lighter tails."""


def gaussian_cost(overlap: Any, spread: Any, target: Any = 0.0) -> Any:
    """E (ReLU(μ + s ζ) − y)² for standard normal ζ: same shape as the arguments, spread s > 0."""
    from scipy.special import ndtr

    mu, s = np.asarray(overlap, float), np.asarray(spread, float)
    below, density = ndtr(mu / s), _density(mu / s)
    square, mean = (mu**2 + s**2) * below + mu * s * density, mu * below + s * density
    return square - 2 * target * mean + np.asarray(target) ** 2


def kurtosis_cost(
    overlap: Any,
    norm: Any,
    fourth_norm: Any,
    std: float,
    excess_kurtosis: float,
    target: Any = 0.0,
) -> Any:
    """What the excess kurtosis adds to E (ReLU(μ + W_j·ξ) − y)²: same shape as the arguments.

    `overlap` — μ. `norm` — ‖W_j‖ > 0. `fourth_norm` — Σ_k W_jk⁴. `std` — σ > 0 of each component.
    Exact for small fourth cumulants only; see `implicit_penalty` for the domain.
    """
    mu, s = np.asarray(overlap, float), std * np.asarray(norm, float)
    cumulant = excess_kurtosis * std**4 * np.asarray(fourth_norm, float)
    answer = -mu - np.asarray(target) * (mu**2 / s**2 - 1)
    return cumulant / 12 * _density(mu / s) / s**3 * answer


def implicit_penalty(W: Any, std: float, excess_kurtosis: float) -> Prediction:
    """What the kurtosis of the noise adds to the expected loss, over all inputs and outputs.

    W: (n_features, n_neurons). Raises `BadInput` for other shapes, σ ≤ 0 or a kurtosis below −2.
    """
    W = np.asarray(W, float)
    if W.ndim != 2 or not np.isfinite(W).all():
        raise BadInput(f"W has shape {W.shape}; finite numbers of shape (n, m) are needed.")
    if not (0 < std < math.inf and -2 <= excess_kurtosis < math.inf):
        raise BadInput(
            f"std = {std:g} and excess_kurtosis = {excess_kurtosis:g} are no law of noise; "
            "use std > 0 and excess_kurtosis ≥ -2."
        )
    alive = (W**2).sum(1) > 0
    encodings = W[alive]
    norm, fourth = np.sqrt((encodings**2).sum(1)), (encodings**4).sum(1)
    target = np.eye(len(W))[:, alive]
    cost = kurtosis_cost(W @ encodings.T, norm, fourth, std, excess_kurtosis, target)
    ratio = float(np.max(abs(excess_kurtosis) * fourth / norm**4, initial=0))
    return Prediction(
        name="implicit_penalty",
        label="penalty that the kurtosis of the noise implies",
        value=float(cost.sum()),
        equation="Σ_ij (κσ⁴/12) Σ_k W_jk⁴ (φ(μ/s)/s³) (−μ − δ_ij (μ²/s² − 1)), s = σ‖W_j‖",
        source="Edgeworth expansion of arXiv 2312.03096, Section 4, to first order",
        domain=f"encodings spread over many neurons: |κ| Σ_k W_jk⁴/‖W_j‖⁴ ≤ {LARGEST_RATIO}",
        in_domain=ratio <= LARGEST_RATIO,
        note=f"largest |κ| Σ_k W_jk⁴/‖W_j‖⁴ here: {ratio:.3g}",
    )


def _density(z: Any) -> Any:
    """φ, the standard normal density."""
    return np.exp(-(np.asarray(z) ** 2) / 2) / math.sqrt(2 * math.pi)
