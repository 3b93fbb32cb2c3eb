"""Scalars of one step: the exponential averages, and the extrapolation of past forcings.

Every overlap obeys g' = a·c(g) + R(τ), entry by entry (see `multipliers` in eager.py), with R
linear over the step. For c = −v, v' = −a v + r0 + r1 τ has an exact mean and end value.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Averages(NamedTuple):
    """Mean over [0, h]: mean_v·v(0) + mean_r0·r0 + mean_r1·r1; end: end_v·v(0) + end_r0·r0."""

    mean_v: float
    mean_r0: float
    mean_r1: float
    end_v: float
    end_r0: float


def averages(a: float, h: float) -> Averages:
    """Exact averages and end values of v' = −a v + r0 + r1 τ over a step `h`."""
    x = a * h
    decay = math.exp(-x)
    if x < 0.02:  # series, where the closed forms cancel
        phi1 = 1 - x / 2 + x**2 / 6 - x**3 / 24
        phi2 = 1 / 2 - x / 6 + x**2 / 24 - x**3 / 120
        phi3 = 1 / 6 - x / 24 + x**2 / 120
    else:
        phi1 = -math.expm1(-x) / x
        phi2 = (1 - phi1) / x
        phi3 = (1 / 2 - phi2) / x
    return Averages(phi1, h * phi2, h**2 * phi3, decay, h * phi1)


class Line(NamedTuple):
    """The straight line through two past forcings, from the start of a step.

    r0 = now·R_last + before·R_earlier, r1 = slope·(R_last − R_earlier).
    """

    now: float
    before: float
    slope: float


def line(last: float, earlier: float | None, trust: float = 1.0) -> Line:
    """The line through forcings at times `last` and `earlier`, counted from the step's start.

    Its slope is multiplied by `trust`.
    """
    if earlier is None:
        return Line(1.0, 0.0, 0.0)
    slope = trust / (last - earlier)
    return Line(1 - last * slope, last * slope, slope)


def trust_in_slope(x: float) -> float:
    """How far to trust an extrapolated slope in a step of x = a·h.

    Fully for small steps. In large ones, overlaps slower than a/16 are damped only if the slope
    counts for less than half: the roots of (1−θ)ζ³ + θ(ζ−1)²(ζ−trust), θ → 1, leave the unit disc.
    """
    return 0.4 + 0.6 / (1 + (x / 4) ** 2)
