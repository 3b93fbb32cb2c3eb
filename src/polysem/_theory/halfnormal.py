"""The initial |weights| of one row: half-normal numbers x = √m |w|, w ~ N(0, 1/m).

Truncated moments, the largest of m, and samples of the few largest. docs/theory.md#half-normal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

MEAN_START = math.sqrt(2 / math.pi)  # E x, so that ‖W‖₁ = √m·MEAN_START at the start
RV_START = math.pi / 2 - 1  # Var x / (E x)²


def survival(u: Any) -> Any:
    """P(x > u) = erfc(u/√2)."""
    return special.erfc(np.asarray(u) / math.sqrt(2))


def beyond(tail: Any) -> Any:
    """The x with P(X > x) = tail: inverse of `survival`."""
    return math.sqrt(2) * special.erfcinv(tail)


def excess(u: Any) -> Any:
    """E max(x − u, 0) = 2φ(u) − u·erfc(u/√2), φ the normal density; accurate in the far tail."""
    u = np.asarray(u, dtype=float)
    tail, scaled = np.exp(-(u**2) / 2), special.erfcx(u / math.sqrt(2))
    return tail * (2 / math.sqrt(2 * math.pi) - u * scaled)


def excess_square(u: Any) -> Any:
    """E max(x − u, 0)² = (1+u²)·erfc(u/√2) − 2u·φ(u)."""
    u = np.asarray(u, dtype=float)
    tail, scaled = np.exp(-(u**2) / 2), special.erfcx(u / math.sqrt(2))
    return tail * ((1 + u**2) * scaled - 2 * u / math.sqrt(2 * math.pi))


def largest_quantile(m: float, q: float = 0.5) -> float:
    """The q quantile of the largest of m half-normal numbers: erf(x/√2)^m = q."""
    return float(beyond(-math.expm1(math.log(q) / m)))


def largest_is_below(x: Any, m: float) -> Any:
    """P(the largest of m half-normal numbers < x) = erf(x/√2)^m."""
    with np.errstate(divide="ignore"):  # x = 0: log 0 = −∞ is meant
        return np.exp(m * np.log1p(-survival(x)))


def sample_largest(m: int, keep: int, rows: int, rng: np.random.Generator) -> np.ndarray:
    """The `keep` ≤ m largest of m half-normal numbers, descending: (rows, keep). Exact for any m.

    Tail probabilities of order statistics are ratios of exponential sums (Rényi).
    """
    sums = np.cumsum(rng.exponential(size=(rows, keep)), axis=1)
    total = sums[:, -1:] + rng.gamma(m + 1 - keep, size=(rows, 1))
    return beyond(sums / total)
