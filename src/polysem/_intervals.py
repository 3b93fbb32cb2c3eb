"""The exact interval of a count, which the census and theory share."""

from __future__ import annotations

import numpy as np

from polysem._errors import BadInput


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
