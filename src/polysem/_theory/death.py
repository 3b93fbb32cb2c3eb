"""When does ℓ1 kill a feature before it can become sparse? Thresholds without interference.

Sufficient for death: λ > 4·max|W_ik(0)|, since |dw/dt| ≤ 4w − λ < 0 at every weight from then on;
and λ > 8/(3√3) from any start. Sufficient for survival: λ·‖W‖₁/‖W‖ ≤ 8/(3√3) at the start.
Between the two the exact reduction decides. With interference none of these is exact: other
features push too. docs/theory.md#death.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._theory import halfnormal
from polysem._theory.checks import numbers, penalty, whole
from polysem._theory.fate import lives, threshold
from polysem._theory.manifold import FATAL_PULL, TURNING_LENGTH
from polysem._theory.shapes import MeanFieldShape, RowShape


def sure_death_threshold(row: Any) -> float:
    """λ above which a feature with initial weights `row`: (m,) dies for certain.

    min(4·max|w|, 8/(3√3)). A weaker λ may kill it too: see `death_threshold`.
    """
    size = np.abs(numbers("row", row))
    return min(4 * float(size.max()), FATAL_PULL)


def sure_survival_threshold(row: Any) -> float:
    """λ below which a feature with initial weights `row`: (m,) lives for certain.

    4(1 − ρ²)ρ/h with ρ = ‖row‖, or its maximum 8/(3√3)/h if ρ ≥ 1/√3; h = ‖row‖₁/‖row‖.
    """
    size = np.abs(numbers("row", row))
    norm = float(np.linalg.norm(size))
    if norm == 0:
        return 0.0
    length = min(norm, TURNING_LENGTH)
    return 4 * (1 - length**2) * length * norm / float(size.sum())


def death_threshold(row: Any) -> float:
    """λ that separates life from death for initial weights `row`: (m,), to 5 digits.

    By the exact reduction. Lies between `sure_survival_threshold` and `sure_death_threshold`;
    0 for a row of zeros.
    """
    size = np.abs(numbers("row", row)).ravel()
    if not size.any():
        return 0.0
    return threshold(RowShape(size), sure_survival_threshold(size), sure_death_threshold(size))


def typical_death_threshold(m: int, q: float = 0.5) -> float:
    """The q quantile, over rows of m weights N(0, 1/m), of `death_threshold`. Mean field.

    The largest weight is put at its own q quantile, erf(x/√2)^m = q, the others at their law given
    that they are smaller. Against exact rows the median was 4 % too high at m = 64.
    """
    m = whole("m", m)
    if not 0 < q < 1:
        raise BadInput(f"q = {q!r} is not allowed: give a number between 0 and 1.")
    return _threshold_given_largest(m, halfnormal.largest_quantile(m, q))


def median_sure_death_threshold(m: int) -> float:
    """Median over rows of m weights N(0, 1/m) of `sure_death_threshold`: ~ 4√(2 ln m / m)."""
    m = whole("m", m)
    return min(4 * halfnormal.largest_quantile(m) / math.sqrt(m), FATAL_PULL)


def sure_death_probability(m: int, l1: float) -> float:
    """P(λ > 4·max|W_ik(0)|) = erf(λ/4·√(m/2))^m, or 1 for λ > 8/(3√3): a lower bound on death."""
    m, l1 = whole("m", m), penalty(l1)
    if l1 > FATAL_PULL:
        return 1.0
    return float(halfnormal.largest_is_below(l1 / 4 * math.sqrt(m), m))


def death_probability(m: int, l1: float) -> float:
    """P(a feature of m weights N(0, 1/m) dies at λ), no interference. Mean field.

    P(max < x_c), x_c the largest initial weight (in units of 1/√m) whose threshold is λ.
    """
    m, l1 = whole("m", m), penalty(l1)
    if l1 > FATAL_PULL:
        return 1.0
    low, high = (halfnormal.largest_quantile(m, q) for q in (1e-15, 1 - 1e-15))
    if _lives(m, low, l1):
        return 0.0
    if not _lives(m, high, l1):
        return 1.0
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (low, middle) if _lives(m, middle, l1) else (middle, high)
    return float(halfnormal.largest_is_below((low + high) / 2, m))


def _lives(m: int, largest: float, l1: float) -> bool:
    return lives(MeanFieldShape(m, largest), l1)


@lru_cache(maxsize=256)
def _threshold_given_largest(m: int, largest: float) -> float:
    sure_death = min(4 * largest / math.sqrt(m), FATAL_PULL)
    return threshold(MeanFieldShape(m, largest), 0.0, sure_death, relative=1e-4)
