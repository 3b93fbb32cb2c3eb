"""The initial row, as far as one isolated feature needs it: S_p(τ) = Σ max(|w_k(0)| − τ, 0)^p.

Parametrised by the lead = max|w(0)| − τ of the largest weight over the truncation τ, so that
nearly equal weights keep all their digits.
"""

from __future__ import annotations

import bisect
import math
from typing import NamedTuple, Protocol

import numpy as np

SMALL_LEAD = 1e-6  # in units of 1/√m; the others' share is below it, their rounding above


class Sums(NamedTuple):
    """Number of surviving weights, S₁/lead and S₂/lead²."""

    survivors: float
    one: float
    two: float

    @property
    def h(self) -> float:
        """‖W‖₁/‖W‖, from √survivors (all equal) down to 1 (one left)."""
        return self.one / math.sqrt(self.two)


class Shape(Protocol):
    """`largest` — max|w(0)|; `sums(lead)` for 0 < lead ≤ largest."""

    largest: float

    def sums(self, lead: float) -> Sums:
        """Survivors' sums while the largest weight leads the truncation by `lead`."""
        ...


class RowShape:
    """A given row (m,), exactly. Zero weights do not count; a row of zeros has largest = 0."""

    def __init__(self, row: np.ndarray) -> None:
        size = -np.sort(-np.abs(np.asarray(row, dtype=float)))
        size = size[size > 0]
        self.largest = float(size[0]) if size.size else 0.0
        behind = self.largest - size
        self._behind = behind.tolist()
        self._sum = np.cumsum(behind).tolist()
        self._square = np.cumsum(behind**2).tolist()

    @property
    def second_behind(self) -> float:
        """How far the second largest is behind the largest; infinite if there is none."""
        return self._behind[1] if len(self._behind) > 1 else math.inf

    def sums(self, lead: float) -> Sums:
        """Sums over the weights that lie less than `lead` behind the largest."""
        k = max(1, bisect.bisect_left(self._behind, lead))
        if k == 1:
            return Sums(1.0, 1.0, 1.0)
        one, two = self._sum[k - 1] / lead, self._square[k - 1] / lead**2
        return Sums(k, k - one, k - 2 * one + two)


class MeanFieldShape:
    """The largest of m weights N(0, 1/m) given, x/√m, the others at their conditional mean.

    The others are half-normal numbers below x, so their sums are truncated normal moments.
    """

    def __init__(self, m: int, x: float) -> None:
        self.largest = x / math.sqrt(m)
        self._m, self._x = m, x
        self._at_x = _moments(x)

    def sums(self, lead: float) -> Sums:
        """Sums of the largest and of the expected others."""
        v = lead * math.sqrt(self._m)
        if v < SMALL_LEAD or self._m == 1:
            return Sums(1.0, 1.0, 1.0)
        p, one, two = _moments(self._x - v)
        p_x, one_x, two_x = self._at_x
        others = (self._m - 1) / (1 - p_x)
        one = max(0.0, one - one_x - v * p_x) * others / v
        two = max(0.0, two - two_x - 2 * v * one_x - v * v * p_x) * others / v**2
        return Sums(1 + (p - p_x) * others, 1 + one, 1 + two)


def _moments(u: float) -> tuple[float, float, float]:
    """P(x > u), E(x − u)₊ and E(x − u)²₊ of a half-normal x, for one float u ≥ 0."""
    p = math.erfc(u / math.sqrt(2))
    density = math.sqrt(2 / math.pi) * math.exp(-u * u / 2)
    return p, density - u * p, (1 + u * u) * p - u * density
