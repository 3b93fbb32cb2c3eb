"""The bootstrap, for what has no exact interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from polysem._errors import BadInput
from polysem._intervals import check_confidence
from polysem._theory.checks import numbers


class Interval(NamedTuple):
    """An estimate and the ends of its confidence interval; floats, or arrays of one shape."""

    value: Any
    low: Any
    high: Any


def bootstrap_interval(
    values: Any,
    statistic: Callable[[np.ndarray], Any] | None = None,
    *,
    confidence: float = 0.95,
    resamples: int = 4000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap over the first axis (seeds) of `values`. Same arguments, same bits.

    `statistic` — takes resampled values, returns a number or an array; by default the mean over
    seeds. NaN resamples are left out. Percentile intervals are too narrow for fewer than about 10
    seeds. Errors: `BadInput`.
    """
    data = numbers("values", values)
    if data.ndim == 0 or resamples < 1:
        raise BadInput(
            f"values of shape {data.shape} and resamples = {resamples} are not allowed: give one "
            "value per seed along the first axis, and at least one resample."
        )
    tail = (1 - check_confidence(confidence)) / 2
    statistic = statistic or (lambda sample: sample.mean(axis=0))
    picks = np.random.default_rng(seed).integers(len(data), size=(resamples, len(data)))
    results = np.array([statistic(data[pick]) for pick in picks], dtype=float)
    low, high = np.nanquantile(results, [tail, 1 - tail], axis=0)
    value = np.asarray(statistic(data), dtype=float)
    if value.ndim == 0:
        return Interval(float(value), float(low), float(high))
    return Interval(value, low, high)
