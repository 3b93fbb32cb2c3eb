"""One feature without interference, exactly: m weights reduce to two numbers.

Every weight obeys dw/dt = 4(1 − ‖W‖²)w − λ sign w, and the row keeps its shape,

    |w_k(t)| = a(t)·max(|w_k(0)| − τ(t), 0),    a' = 4(1 − ‖W‖²)a,    τ' = λ/a,

because each weight feels the same multiplication and the same subtraction; a weight at zero has
no force on it and stays. ‖W‖₁ = a·S₁(τ) and ‖W‖² = a²·S₂(τ), with S_p = Σ max(|w_k(0)| − τ, 0)^p.
Two descriptions of the initial row: the row itself, or its half-normal continuum.
docs/theory.md#one-feature.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from scipy import integrate

from polysem._theory import halfnormal
from polysem._theory.shapes import Shape

LARGEST_LOG = 300.0  # a = e^300 leaves one weight far beyond doubt; larger would overflow a²


class Look(NamedTuple):
    """What one state of a feature shows: ‖W‖₁, number of nonzero weights m', rv, ‖W‖."""

    l1_norm: float
    m_prime: float
    rv: float
    norm: float


GONE = Look(0.0, 0.0, math.nan, 0.0)
UNKNOWN = Look(math.nan, math.nan, math.nan, math.nan)


class Reduction(Protocol):
    """Two coupled equations for one feature. `margin(state)` > 0 until the description ends."""

    start: tuple[float, float]
    after_end: Look

    def velocity(self, state: tuple[float, float]) -> tuple[float, float]:
        """Time derivative of the state."""
        ...

    def look(self, state: tuple[float, float]) -> Look:
        """What the state shows."""
        ...

    def margin(self, state: tuple[float, float]) -> float:
        """Positive while the reduction describes the feature."""
        ...


class RowReduction:
    """The actual row; state (y, ln a), y = a·(max|w(0)| − τ) the largest surviving weight.

    y rather than τ: it reaches 0 at death and settles at survival.
    """

    after_end = GONE

    def __init__(self, shape: Shape, l1: float) -> None:
        self.shape, self.l1 = shape, l1
        self.start = (shape.largest, 0.0)

    def lead(self, state: tuple[float, float]) -> float:
        """max|w(0)| − τ."""
        return state[0] * math.exp(-min(state[1], LARGEST_LOG))

    def velocity(self, state: tuple[float, float]) -> tuple[float, float]:
        """(y', (ln a)')."""
        y = state[0]
        if y <= 0:
            return -self.l1, 4.0
        growth = 4 * (1 - y * y * self.shape.sums(self.lead(state)).two)
        return growth * y - self.l1, growth

    def look(self, state: tuple[float, float]) -> Look:
        """The row's statistics; all zero once it is dead."""
        y = state[0]
        if y <= 0:
            return GONE
        k, one, two = self.shape.sums(self.lead(state))
        return Look(y * one, float(k), k * two / one**2 - 1, y * math.sqrt(two))

    def margin(self, state: tuple[float, float]) -> float:
        """The largest weight: 0 is death."""
        return state[0]


class ContinuumReduction:
    """m ≫ 1 half-normal weights of standard deviation s = scale/√m; state (u = τ/s, ln a).

    Describes the feature until one surviving weight is expected, m·P(x > u) = 1; unknown beyond.
    """

    after_end = UNKNOWN

    def __init__(self, m: float, l1: float, scale: float = 1.0) -> None:
        self.m, self.scale = m, scale
        self.drift = l1 * math.sqrt(m) / scale
        self.start = (0.0, 0.0)
        self.last = halfnormal.largest_quantile(m, math.exp(-1))

    def velocity(self, state: tuple[float, float]) -> tuple[float, float]:
        """(u', (ln a)')."""
        u, log_a = state
        square = (1 + u * u) * math.erfc(u / math.sqrt(2)) - u * math.sqrt(2 / math.pi) * math.exp(
            -u * u / 2
        )
        norm_square = self.scale**2 * square * math.exp(2 * min(log_a, LARGEST_LOG))
        return self.drift * math.exp(-log_a), 4 * (1 - norm_square)

    def look(self, state: tuple[float, float]) -> Look:
        """The expected statistics of the row."""
        u, a = state[0], math.exp(state[1])
        zero, one = float(halfnormal.survival(u)), float(halfnormal.excess(u))
        two = float(halfnormal.excess_square(u))
        return Look(
            a * self.scale * math.sqrt(self.m) * one,
            self.m * zero,
            zero * two / one**2 - 1,
            a * self.scale * math.sqrt(two),
        )

    def margin(self, state: tuple[float, float]) -> float:
        """Distance to the u at which one surviving weight is expected."""
        return self.last - state[0]


def follow(reduction: Reduction, t: np.ndarray) -> list[Look]:
    """What the feature shows at times t: (times,) ascending, ≥ 0. LSODA, relative error ~1e-8."""

    def velocity(_: float, state: np.ndarray) -> tuple[float, float]:
        return reduction.velocity((float(state[0]), float(state[1])))

    def margin(_: float, state: np.ndarray) -> float:
        return reduction.margin((float(state[0]), float(state[1])))

    margin.terminal = True  # pyright: ignore[reportFunctionMemberAccess]
    start = reduction.start
    if reduction.margin(start) <= 0:
        return [reduction.after_end] * len(t)
    states = [start] * len(t)
    if t[-1] > 0:
        solution = integrate.solve_ivp(
            velocity, (0.0, float(t[-1])), start, "LSODA", t_eval=t, events=margin,
            rtol=1e-9, atol=1e-12,
        )  # fmt: skip
        states = list(zip(*np.reshape(solution.y, (2, -1)).tolist(), strict=True))
    looks = [reduction.look(state) for state in states]
    return looks + [reduction.after_end] * (len(t) - len(looks))
