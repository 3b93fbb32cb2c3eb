"""Random exclusion: n features on distinct signed slots; the law of the count is known exactly.

X = neurons with both slots taken when n of the 2m slots are chosen uniformly without repetition:

    P(X = k) = C(m, k) C(m − k, n − 2k) 2^(n−2k) / C(2m, n)

docs/theory.md#random-exclusion. For n > 2m all slots are taken, so X = m.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from polysem._theory.checks import whole
from polysem._theory.counts import exclusion_count
from polysem._theory.quantiles import binomial_like_interval, pmf_interval

EXACT_UP_TO = 10**5  # size up to which gammaln of 2m keeps 10 digits and the law is tabulated


def exclusion_variance(n: int, m: int) -> float:
    """Var X from E[X(X−1)] = m(m−1)·(n)₄/(2m)₄, with (a)₄ = a(a−1)(a−2)(a−3)."""
    n, m = whole("n", n), whole("m", m)
    if n >= 2 * m or n < 2:
        return 0.0
    p, q = n * (n - 1), (n - 2) * (n - 3)
    a, b = 2 * m * (2 * m - 1), (2 * m - 2) * (2 * m - 3)
    # Var = m p₁ + m(m−1) p₂ − m² p₁² in whole numbers: no digit is lost before the division.
    if m == 1:
        return 0.0
    return (m * p * a * b + m * (m - 1) * p * q * a - m * m * p * p * b) / (a * a * b)


def exclusion_distribution(n: int, m: int) -> np.ndarray:
    """P(X = k) for k = 0 … min(⌊n/2⌋, m), exactly."""
    n, m = whole("n", n), whole("m", m)
    n = min(n, 2 * m)
    k = np.arange(max(0, n - m), n // 2 + 1)
    single = n - 2 * k
    log_p = (
        gammaln(m + 1) - gammaln(k + 1) - gammaln(single + 1) - gammaln(m - k - single + 1)
    ) + single * np.log(2)
    weight = np.exp(log_p - log_p.max())
    pmf = np.zeros(n // 2 + 1)
    pmf[k] = weight / weight.sum()
    return pmf


def exclusion_interval(n: int, m: int, confidence: float = 0.95) -> tuple[float, float]:
    """Whole numbers (low, high) that X falls within with probability ≥ `confidence`."""
    n, m = whole("n", n), whole("m", m)
    if n >= 2 * m:
        return float(m), float(m)
    if max(n, m) <= EXACT_UP_TO:
        return pmf_interval(exclusion_distribution(n, m), confidence)
    floor, ceiling = float(max(0, n - m)), float(n // 2)
    mean, variance = float(exclusion_count(n, m)), exclusion_variance(n, m)
    low, high = binomial_like_interval(mean, variance, confidence)
    return max(low, floor), min(high, ceiling)
