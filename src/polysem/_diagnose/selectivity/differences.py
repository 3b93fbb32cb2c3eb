"""Standardised mean difference of a neuron between samples with and without a feature."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from polysem._diagnose.selectivity.moments import Moments


def standardised_difference(moments: Moments) -> np.ndarray:
    """Hedges' g: (mean with − mean without) / pooled sd × (1 − 3/(4·df − 1)), df = n − 2.

    (neurons, features), for labels of 0 and 1; NaN for a constant neuron, a feature with one class
    or fewer than three samples; infinite if the neuron is constant within both classes and differs
    between them. Hedges (1981).
    """
    df = moments.n - 2
    positive = moments.positive
    between = positive * (moments.n - positive) / moments.n
    if df < 1:
        return np.full(moments.cross.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = moments.cross / between
        left = moments.neurons[:, None] - moments.cross**2 / between
        left[left < 1e-14 * moments.neurons[:, None]] = 0  # rounding of an exact split
        d = difference / np.sqrt(left / df)
    d[:, between == 0] = np.nan
    d[moments.neurons == 0] = np.nan
    return d * (1 - 3 / (4 * df - 1))


def difference_interval(
    g: np.ndarray, moments: Moments, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high): g ± z√(n/(n₁n₀) + g²/2n), large samples (Hedges and Olkin 1985, ch. 5)."""
    positive = moments.positive
    z = -ndtri((1 - level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * np.sqrt(moments.n / (positive * (moments.n - positive)) + g**2 / 2 / moments.n)
        return g - half, g + half
