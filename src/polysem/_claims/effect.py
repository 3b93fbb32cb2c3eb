"""A measured number with its confidence interval, and how much data it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from polysem._claims.shares import mean_share, share, share_by_seed, share_difference
from polysem._intervals import FEWEST, Effect, garwood, mean, unknown
from polysem._theory import bootstrap_interval

__all__ = [
    "Effect",
    "auroc",
    "count_per",
    "count_quotient",
    "difference",
    "mean",
    "mean_share",
    "resampled",
    "share",
    "share_by_seed",
    "share_difference",
    "unknown",
]


def count_per(counts: Any, exposure: Any, confidence: float) -> Effect:
    """Total count over total exposure (seeds, or expected counts), exact Poisson (Garwood 1936).

    `counts`, `exposure`: (seeds,), or one exposure for all. Conservative where runs scatter less
    than Poisson, as occupancy counts do.
    """
    counts = np.asarray(counts, dtype=float)
    whole = float(np.sum(np.broadcast_to(exposure, counts.shape)))
    if counts.size < FEWEST or whole <= 0:
        return unknown(counts.size, "seeds")
    total = float(counts.sum())
    low, high = garwood(total, confidence)
    return Effect(total / whole, low / whole, high / whole, counts.size, "seeds", "Garwood")


def count_quotient(top: Any, bottom: Any, confidence: float) -> Effect:
    """Mean of the counts `top`: (seeds,) over mean of `bottom`: (seeds,); independent Poisson.

    Given the sum, the first is binomial: the Clopper–Pearson interval of its share, transformed.
    """
    a, b = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    if min(a.size, b.size) < FEWEST or b.sum() == 0:
        return unknown(min(a.size, b.size), "seeds")
    part = share(a.sum(), a.sum() + b.sum(), confidence)
    low, high = (_odds(p) * b.size / a.size for p in (part.low, part.high))
    return Effect(a.mean() / b.mean(), low, high, a.size + b.size, "seeds", "Clopper–Pearson")


def difference(one: Any, other: Any, confidence: float) -> Effect:
    """Mean of `one` minus mean of `other`, independent groups of unequal variance (Welch)."""
    a, b = (np.asarray(v, dtype=float) for v in (one, other))
    if min(a.size, b.size) < FEWEST or max(a.std(), b.std()) == 0:
        return unknown(min(a.size, b.size), "seeds")
    found = stats.ttest_ind(a, b, equal_var=False).confidence_interval(confidence)
    middle = float(a.mean() - b.mean())
    return Effect(middle, float(found.low), float(found.high), a.size + b.size, "seeds", "Welch")


def resampled(
    values: Any,
    statistic: Callable[[np.ndarray], float],
    confidence: float,
    units: str = "seeds",
    fewest: int = 10,
) -> Effect:
    """A statistic of independent values (units, …), with its percentile bootstrap interval."""
    data = np.asarray(values, dtype=float)
    if len(data) < fewest or not math.isfinite(statistic(data)):
        return unknown(len(data), units)
    found = bootstrap_interval(data, statistic, confidence=confidence, resamples=2000)
    if not all(map(math.isfinite, found)):
        return unknown(len(data), units)
    value, low, high = map(float, found)
    return Effect(value, low, high, len(data), units, "bootstrap")


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else math.inf


def auroc(above: Any, below: Any, confidence: float) -> Effect:
    """P(a value of `above` exceeds one of `below`), ties half; (seeds,) each, equally many.

    Percentile bootstrap over seeds. Where resampling changes nothing (all tied, or no overlap at
    all) the interval reaches as far as if one more seed in k differed, k by Clopper and Pearson.
    """
    size = min(len(above), len(below))
    pairs = np.stack([np.asarray(v, dtype=float)[:size] for v in (above, below)], axis=1)
    found = resampled(pairs, _area, confidence)
    if not found.known:
        return found
    slip = 1 - ((1 - confidence) / 2) ** (1 / size)
    slip = slip if found.low == found.high else 0.0
    low, high = max(0.0, found.low - slip), min(1.0, found.high + slip)
    return Effect(found.value, low, high, size, "seeds per side", "bootstrap")


def _area(pairs: np.ndarray) -> float:
    above, below = pairs[:, 0][:, None], pairs[:, 1][None]
    return float((above > below).mean() + (above == below).mean() / 2)
