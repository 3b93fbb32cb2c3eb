"""Measured numbers with their intervals, which census, theory, claims and repair share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._errors import BadInput

FEWEST = 5  # values below which a spread says nothing


@dataclass(frozen=True)
class Effect:
    """`value` with its interval [`low`, `high`]; `size` `units` (seeds, collisions, …) behind it.

    `value` NaN with an infinite interval: the data are too few to say anything. `method` — how the
    interval was made.
    """

    value: float
    low: float
    high: float
    size: int
    units: str
    method: str

    @property
    def known(self) -> bool:
        """False if the data say nothing."""
        return math.isfinite(self.value)


def unknown(size: int, units: str, method: str = "too few data") -> Effect:
    """The effect of which nothing is known."""
    return Effect(math.nan, -math.inf, math.inf, size, units, method)


def mean(values: Any, confidence: float, units: str = "seeds") -> Effect:
    """Mean of independent values (one per seed, usually), with Student's interval.

    Where all values are equal the spread is unknown, not zero: the interval then reaches as far
    as if one more value in k might differ by 1, with k from Clopper and Pearson.
    """
    from scipy.special import stdtrit

    data = np.asarray(values, dtype=float)
    data = data[np.isfinite(data)]
    if data.size < FEWEST:
        return unknown(data.size, units)
    middle = float(data.mean())
    error = float(data.std(ddof=1)) / math.sqrt(data.size)
    half = float(stdtrit(data.size - 1, (1 + confidence) / 2)) * error
    if np.ptp(data) == 0:  # the error is then zero but for rounding
        half = 1 - ((1 - confidence) / 2) ** (1 / data.size)
    return Effect(middle, middle - half, middle + half, data.size, units, "Student's t")


def garwood(count: float, confidence: float = 0.95) -> tuple[float, float]:
    """Exact Poisson interval for the mean, given one total `count` ≥ 0 (Garwood 1936).

    (χ²_{α/2, 2k}/2, χ²_{1−α/2, 2k+2}/2), written with the inverse of the incomplete gamma
    function; covers with probability ≥ `confidence` for every mean. Errors: `BadInput`.
    """
    from scipy.special import gammainccinv, gammaincinv

    if not (np.isfinite(count) and count >= 0):
        raise BadInput(f"count = {count!r} is not allowed: give a number of at least 0.")
    tail = (1 - check_confidence(confidence)) / 2
    low = float(gammaincinv(count, tail)) if count > 0 else 0.0
    return low, float(gammainccinv(count + 1, tail))


def check_confidence(confidence: float) -> float:
    """`confidence` if it lies strictly between 0 and 1, else `BadInput`."""
    if not 0 < confidence < 1:
        raise BadInput(f"confidence = {confidence!r} is not allowed: give one between 0 and 1.")
    return float(confidence)
