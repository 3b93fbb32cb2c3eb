"""Life or death of one feature, decided by following the exact reduction until it is certain.

State (y, ln a): y the largest surviving |weight|, a the stretching (see `isolated.py`).
Dead for certain once y < λ/4: then y' ≤ 4y − λ < 0. Alive for certain once 4(1 − r²)r > λh with
r = min(ρ, 1/√3): ρ' = 4(1 − ρ²)ρ − λh stays positive below 1/√3, because h never grows.
"""

from __future__ import annotations

import math

from polysem._theory.manifold import TURNING_LENGTH
from polysem._theory.shapes import Shape

STEP = 0.02  # of the Runge-Kutta rule; the fastest rate is 8, and h·8 = 0.16 costs 1e-5
PATIENCE = 30.0  # a state still undecided by then is within 1e-6 of the threshold


def lives(shape: Shape, l1: float) -> bool:
    """True if a feature of this initial shape survives λ = `l1` without interference."""
    y, log_a, t = shape.largest, 0.0, 0.0
    while t < PATIENCE:
        if y < l1 / 4:
            return False
        sums = shape.sums(y * math.exp(-log_a))
        length = min(y * math.sqrt(sums.two), TURNING_LENGTH)
        if 4 * (1 - length**2) * length > l1 * sums.h:
            return True
        y, log_a = _step(shape, l1, y, log_a)
        t += STEP
    return True


def threshold(shape: Shape, low: float, high: float, relative: float = 1e-6) -> float:
    """λ at which life turns to death, by bisection: lives at `low`, dies above `high`."""
    while high - low > relative * high:
        middle = (low + high) / 2
        if lives(shape, middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _step(shape: Shape, l1: float, y: float, log_a: float) -> tuple[float, float]:
    """One classical Runge-Kutta step of y' = gy − λ, (ln a)' = g, with g = 4(1 − ‖W‖²)."""

    def velocity(y: float, log_a: float) -> tuple[float, float]:
        if y <= 0:
            return -l1, 4.0
        growth = 4 * (1 - y * y * shape.sums(y * math.exp(-log_a)).two)
        return growth * y - l1, growth

    p1, q1 = velocity(y, log_a)
    p2, q2 = velocity(y + STEP / 2 * p1, log_a + STEP / 2 * q1)
    p3, q3 = velocity(y + STEP / 2 * p2, log_a + STEP / 2 * q2)
    p4, q4 = velocity(y + STEP * p3, log_a + STEP * q3)
    return (
        y + STEP / 6 * (p1 + 2 * p2 + 2 * p3 + p4),
        log_a + STEP / 6 * (q1 + 2 * q2 + 2 * q3 + q4),
    )
