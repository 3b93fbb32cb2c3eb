"""The law of the time to 1-sparsity over Gaussian rows, far into its tail: docs/theory.md#tail.

A late feature is a near-tie of its two largest weights, and P(λt₁ > T) falls as e^(−√2·T). Plain
draws would never see the slowest of many features, so near-ties are drawn on purpose and weighted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from polysem._errors import BadInput
from polysem._theory import halfnormal
from polysem._theory.checks import whole
from polysem._theory.convergence import arsinh_sum

KEEP = 64  # largest weights drawn per row; the others act together, through their expectation
DRAWS = 4000  # rows drawn
CLOSEST = 1e-15  # near-ties are drawn down to this probability
NODES = 24  # of the Gauss-Legendre rule for the bulk, whose integrand is smooth


@dataclass(frozen=True, eq=False)
class ConvergenceTimes:
    """The law of λt₁ over rows of m weights N(0, 1/m), by weighted draws.

    `scaled_time` — drawn λt₁, ascending. `beyond` — P(λt₁ ≥ that one), good far into the tail.
    """

    m: int
    scaled_time: np.ndarray
    beyond: np.ndarray

    def quantile(self, q: float, features: int = 1) -> float:
        """λt by which, with probability q, all of `features` independent features are 1-sparse."""
        if not 0 < q < 1:
            raise BadInput(f"q = {q!r} is not allowed: give a number between 0 and 1.")
        tail = -math.expm1(math.log(q) / whole("features", features))
        return float(np.interp(-math.log(tail), -np.log(self.beyond), self.scaled_time))

    @property
    def mean(self) -> float:
        """Mean λt₁ of one feature."""
        return float(self.scaled_time @ -np.diff(self.beyond, append=0.0))


@lru_cache(maxsize=64)
def convergence_times(m: int, seed: int = 0) -> ConvergenceTimes:
    """The law of λt₁ for rows of m weights N(0, 1/m). Same m and seed, same bits.

    Errors: `BadInput`.
    """
    m = whole("m", m)
    if m == 1:
        return ConvergenceTimes(1, np.zeros(2), np.array([1.0, 1e-300]))
    rng = np.random.default_rng(seed)
    keep = min(KEEP, m)
    others = halfnormal.sample_largest(m, keep, DRAWS, rng)[:, 1:]
    gap, weight = _near_ties(rng)
    behind = np.zeros((DRAWS, keep))
    behind[:, 1:] = _rise(others[:, 0], gap)[:, None] + (others[:, :1] - others)
    largest = others[:, 0] + behind[:, 1]
    if keep == m:
        time = arsinh_sum(np.column_stack((behind, largest)))
    else:
        time = arsinh_sum(behind) + _bulk(m, largest[:, None] - behind)
    return _law(m, time, weight)


def _near_ties(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """1 − P(x > x₁)/P(x > x₂), uniform by nature, and weights: half drawn log-uniform."""
    even = (np.arange(DRAWS) + rng.random(DRAWS)) / DRAWS
    span = -math.log(CLOSEST)
    half = rng.permutation(DRAWS) < DRAWS // 2
    gap = np.where(half, rng.permutation(even), np.exp(-span * rng.permutation(even)))
    return gap, 2 / (1 + 1 / (gap * span))


def _rise(second: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """x₁ − x₂ ≥ 0 from x₂ and the gap; by its slope where the difference would lose digits."""
    tail = halfnormal.survival(second)
    slope = tail / (math.sqrt(2 / math.pi) * np.exp(-(second**2) / 2))
    return np.where(gap < 1e-6, slope * gap, halfnormal.beyond(tail * (1 - gap)) - second)


def _bulk(m: int, x: np.ndarray) -> np.ndarray:
    """∫₀^{x_K} du/√S₂(u), x: (rows, K) drawn, the other m − K at their conditional mean."""
    keep, edge = x.shape[1], x[:, -1:]
    node, weight = np.polynomial.legendre.leggauss(NODES)
    u = edge * (1 + node) / 2
    drawn = keep * u**2 - 2 * u * x.sum(1)[:, None] + (x**2).sum(1)[:, None]
    lost = halfnormal.survival(edge)
    v = edge - u
    missing = halfnormal.excess_square(edge) + 2 * v * halfnormal.excess(edge) + v**2 * lost
    rest = (m - keep) * (halfnormal.excess_square(u) - missing) / (1 - lost)
    return (weight / np.sqrt(drawn + np.maximum(rest, 0))).sum(1) * edge[:, 0] / 2


def _law(m: int, time: np.ndarray, weight: np.ndarray) -> ConvergenceTimes:
    order = np.argsort(time)
    beyond = np.cumsum((weight[order] / weight.sum())[::-1])[::-1]
    scaled_time, beyond = time[order], np.minimum(beyond, 1.0)
    scaled_time.flags.writeable = beyond.flags.writeable = False
    return ConvergenceTimes(m, scaled_time, beyond)
