"""Signed balls in bins: spread and distribution of the count, not only its mean.

n features land independently and uniformly on 2m signed slots; X is the number of neurons with at
least one positive and at least one negative feature. docs/theory.md#signed-balls-in-bins.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from polysem._theory.checks import whole
from polysem._theory.counts import balls_count, both_signs_probability
from polysem._theory.quantiles import binomial_like_interval, pmf_interval

EXACT_WORK = 2e7  # cells of the chain below which the exact distribution is affordable (0.2 s)
EXACT_FEATURES = 1000  # steps of the chain, each with a fixed cost
NEGLIGIBLE = 1e-14  # probability that may be lost beyond the truncated states


def balls_variance(n: int, m: int) -> float:
    """Var X from the second factorial moment E[X(X−1)] = m(m−1)·P(two given neurons get both)."""
    n, m = whole("n", n), whole("m", m)
    mean = float(balls_count(n, m))
    p = float(both_signs_probability(n, m))
    # Var = m p (1−p) + m(m−1)(p₂ − p²): written so that a small p costs no digits.
    return max(0.0, mean * (1 - p) + m * (m - 1.0) * (_four_slots_taken(n, m) - p * p))


def balls_distribution(n: int, m: int) -> np.ndarray:
    """P(X = k) for k = 0, 1, …: exact, by a Markov chain over features placed one by one.

    State: x neurons with both signs, y with one. The next feature opens an empty neuron with
    probability (m−x−y)/m, completes a one-signed neuron with y/2m, else changes nothing. The last
    entry collects what lies beyond `NEGLIGIBLE` probability. Work grows as n²·k.
    """
    n, m = whole("n", n), whole("m", m)
    last = _last_state(n, m)
    x = np.arange(last + 1)[:, None]
    y = np.arange(min(n, m) + 1)[None, :]
    opens = np.clip(m - x - y, 0, None) / m
    completes = y / (2 * m) * np.ones_like(x)
    stays = 1 - opens - completes
    state = np.zeros((last + 1, y.size))
    state[0, 0] = 1.0
    for _ in range(n):
        moved = state * stays
        moved[:, 1:] += (state * opens)[:, :-1]
        done = (state * completes)[:, 1:]
        moved[1:, :-1] += done[:-1]
        moved[-1, :-1] += done[-1]  # absorb beyond the last state
        state = moved
    return state.sum(1)


def balls_interval(n: int, m: int, confidence: float = 0.95) -> tuple[float, float]:
    """Whole numbers (low, high) that X falls within with probability ≥ `confidence`.

    Exact quantiles while the chain is affordable (n up to a few hundred, more where X is small);
    beyond that the binomial law of equal mean and variance, of X or of m − X, whichever is the
    rarer event; its ends were within one of the exact ones wherever both could be computed.
    """
    n, m = whole("n", n), whole("m", m)
    if exact_is_affordable(n, m):
        return pmf_interval(balls_distribution(n, m), confidence)
    mean = float(balls_count(n, m))
    variance = balls_variance(n, m)
    if mean <= m / 2:
        return binomial_like_interval(mean, variance, confidence)
    low, high = binomial_like_interval(m - mean, variance, confidence)
    return m - high, m - low


def exact_is_affordable(n: int, m: int) -> bool:
    """True if `balls_distribution(n, m)` is cheap enough to be the default."""
    if n > EXACT_FEATURES:
        return False
    return float(n) * min(n, m) * (_last_state(n, m) + 1) <= EXACT_WORK


def _last_state(n: int, m: int) -> int:
    """Largest count worth a state: mean + 9 standard deviations of a wider Poisson law."""
    mean = float(balls_count(n, m))
    return int(min(n // 2, m, math.ceil(mean + 9 * math.sqrt(mean) + 12)))


def _four_slots_taken(n: int, m: int) -> float:
    """P(four given slots all get a feature); 0 for m = 1, where there are only two.

    Alternating sum Σ_j (−1)^j C(4,j)(1 − j/2m)^n where its terms are of order one; where the
    probability is tiny, the sum over how many features fall on the four slots: all terms positive.
    """
    if m < 2 or n < 4:
        return 0.0
    if 2 * n / m > 20:
        signs, j = np.array([1, -4, 6, -4, 1]), np.arange(5)
        with np.errstate(divide="ignore"):
            return float(signs @ np.exp(n * np.log1p(-j / (2 * m))))
    k = np.arange(4, min(n, 200) + 1)
    covering = 1 - 4 * 0.75**k + 6 * 0.5**k - 4 * 0.25**k
    covering[:1] = 24 / 256  # 4!/4⁴, where the alternating sum is least exact
    return float(stats.binom.pmf(k, n, 2 / m) @ covering)
