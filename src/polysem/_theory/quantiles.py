"""Central intervals of counting laws: whole-number ends, coverage at least what was asked."""

from __future__ import annotations

import numpy as np
from scipy import stats

NORMAL_ABOVE = 1e4  # mean above which the lattice no longer matters


def pmf_interval(pmf: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) from P(X = k), k = 0, 1, …: at most (1 − confidence)/2 beyond each end."""
    tail = (1 - confidence) / 2
    below = np.cumsum(pmf)
    above = np.cumsum(pmf[::-1])[::-1]  # P(X ≥ k), summed from its own end to keep small tails
    low = int(np.argmax(below > tail))
    high = int(len(pmf) - 1 - np.argmax(above[::-1] > tail))
    return float(low), float(high)


def poisson_interval(mean: float, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) of one Poisson count of this mean."""
    if mean > NORMAL_ABOVE:
        return _normal_interval(mean, mean, confidence)
    tail = (1 - confidence) / 2
    law = stats.poisson(mean)
    return float(law.ppf(tail)) if mean > 0 else 0.0, float(law.isf(tail)) if mean > 0 else 0.0


def binomial_like_interval(
    mean: float, variance: float, confidence: float = 0.95
) -> tuple[float, float]:
    """(low, high) of the binomial law of this mean and variance (variance ≤ mean).

    Tends to Poisson as variance → mean, to normal for large means, and to the point `mean` as
    variance → 0.
    """
    share = 1 - variance / mean if mean > 0 else 0.0
    if mean > NORMAL_ABOVE:
        return _normal_interval(mean, variance, confidence)
    if share < 1e-6:
        return poisson_interval(mean, confidence)
    trials = mean / share
    tail = (1 - confidence) / 2
    law = stats.binom(int(np.ceil(trials)), mean / np.ceil(trials))
    return float(law.ppf(tail)), float(law.isf(tail))


def _normal_interval(mean: float, variance: float, confidence: float) -> tuple[float, float]:
    half = stats.norm.isf((1 - confidence) / 2) * np.sqrt(variance)
    return float(max(0.0, np.floor(mean - half))), float(np.ceil(mean + half))
