"""Shares with intervals that stay in [0, 1]: of independent cases, and of cases of a seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from polysem._intervals import FEWEST, Effect, unknown


def share(successes: Any, trials: Any, confidence: float, units: str = "cases") -> Effect:
    """A share of independent cases, with its exact interval (Clopper & Pearson 1934)."""
    hits, tries = int(np.sum(successes)), int(np.sum(trials))
    if tries == 0:
        return unknown(0, units)
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(hits, tries - hits + 1, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, tries - hits, 1 - tail)) if hits < tries else 1.0
    return Effect(hits / tries, low, high, tries, units, "Clopper–Pearson")


def share_by_seed(successes: Any, trials: Any, confidence: float, units: str = "seeds") -> Effect:
    """Share of cases of which those of one seed may depend on each other: (seeds,) each.

    Wilson's interval for as many cases as would have the standard error that the seeds show
    (of a ratio of sums), with Student's quantile (Wilson 1927; Korn & Graubard 1998). Where all
    seeds have the same share their spread is unknown, not zero: the interval reaches as far as if
    one seed in k differed, k by Clopper and Pearson. Unknown for fewer than 5 seeds with a case.
    """
    hits, tries = (np.asarray(v, dtype=float) for v in np.broadcast_arrays(successes, trials))
    there = np.isfinite(hits) & (tries > 0)
    hits, tries = hits[there], tries[there]
    k = len(hits)
    if k < FEWEST:
        return unknown(k, units)
    p = float(hits.sum() / tries.sum())
    if np.ptp(hits / tries) == 0:
        slip = 1 - ((1 - confidence) / 2) ** (1 / k)
        return Effect(p, max(0.0, p - slip), min(1.0, p + slip), k, units, "Clopper–Pearson")
    error = float(((hits - p * tries) ** 2).sum() * k / (k - 1)) ** 0.5 / float(tries.sum())
    low, high = _wilson(p, error, float(special.stdtrit(k - 1, (1 + confidence) / 2)))
    return Effect(p, low, high, k, units, "Wilson, by seeds")


def mean_share(values: Any, confidence: float, units: str = "seeds") -> Effect:
    """Mean of independent shares in [0, 1], one per seed, each of the same weight."""
    return share_by_seed(values, 1.0, confidence, units)


def share_difference(one: tuple[Any, Any], other: tuple[Any, Any], confidence: float) -> Effect:
    """Difference of two shares, each (successes, trials) by seed.

    The difference of their intervals at half the error each; conservative.
    """
    a, b = (share_by_seed(*pair, (1 + confidence) / 2) for pair in (one, other))
    size = min(a.size, b.size)
    if not (a.known and b.known):
        return unknown(size, "seeds")
    return Effect(
        a.value - b.value, a.low - b.high, a.high - b.low, size, "seeds", f"{a.method}, twice"
    )


def _wilson(p: float, error: float, t: float) -> tuple[float, float]:
    """Ends of the interval of the shares q with (p − q)² ≤ t² q(1 − q)/N, where N cases would have
    this standard error: N = p(1 − p)/error²."""
    few = error**2 / (p * (1 - p))  # 1/N
    middle = (p + t**2 * few / 2) / (1 + t**2 * few)
    half = t * math.sqrt(error**2 + (t * few / 2) ** 2) / (1 + t**2 * few)
    return max(0.0, middle - half), min(1.0, middle + half)
