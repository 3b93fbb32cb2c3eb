"""Speed of sparsification of one feature: ‖W‖₁, m' and rv over time. No interference.

Three laws, from plain to exact: the textbook's, the same form with half-normal constants, and the
exact reduction of `isolated.py`. docs/theory.md#speed-of-sparsification.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import integrate

from polysem._errors import BadInput
from polysem._theory import halfnormal
from polysem._theory.checks import numbers, penalty, whole
from polysem._theory.isolated import ContinuumReduction, Reduction, RowReduction, follow
from polysem._theory.manifold import upper_root
from polysem._theory.shapes import RowShape


@dataclass(frozen=True)
class Sparsification:
    """One feature over time; every array has the shape of `t`.

    `l1_norm` — ‖W‖₁. `m_prime` — number of nonzero weights m'. `rv` — variance/mean² of the
    surviving |weights|. `norm` — ‖W‖. `law` — which law made it. On the exact laws
    m' = (1 + rv)·‖W‖₁²/‖W‖².
    """

    t: np.ndarray
    l1_norm: np.ndarray
    m_prime: np.ndarray
    rv: np.ndarray
    norm: np.ndarray
    law: str


def textbook(m: int, l1: float, t: Any) -> Sparsification:
    """‖W‖₁ = 1/(1/√m + λt), m' = ‖W‖₁². arXiv 2312.03096, Section 3.

    The right form with the wrong constants: it takes rv as 1 in the speed and 0 in m'. The
    authors' own dynamics lack the factor 4 on the loss; that only speeds up the return to
    ‖W‖ = 1, so λ and t mean the same here.
    """
    m, l1, t = whole("m", m), penalty(l1), numbers("t", t, least=0)
    norm1 = 1 / (1 / math.sqrt(m) + l1 * t)
    one = np.ones_like(t)
    return Sparsification(t, norm1, norm1**2, 0 * one, one, "textbook")


def constant_rv(m: int, l1: float, t: Any) -> Sparsification:
    """‖W‖₁ = 1/(√(π/2m) + rv·λt), m' = (1 + rv)‖W‖₁², rv = π/2 − 1 held at its initial value.

    The textbook law with half-normal constants: exact in its initial value and initial speed for
    λ√m ≪ 1; too slow later, since rv drifts upward.
    """
    m, l1, t = whole("m", m), penalty(l1), numbers("t", t, least=0)
    rv = halfnormal.RV_START
    norm1 = 1 / (1 / (halfnormal.MEAN_START * math.sqrt(m)) + rv * l1 * t)
    one = np.ones_like(t)
    return Sparsification(t, norm1, (1 + rv) * norm1**2, rv * one, one, "constant rv")


def sparsification(
    m: int, l1: float, t: Any, *, row: Any = None, scale: float = 1.0
) -> Sparsification:
    """The exact course of one feature without interference, at times `t`: any shape, ≥ 0.

    `row` — the initial weights (m,): the course of this very row, deaths included. Without it the
    expected course of m weights N(0, scale²/m) in the half-normal continuum: valid while m' ≫ 1,
    NaN once less than one surviving weight is expected. Errors: `BadInput`.
    """
    m, l1, t = whole("m", m), penalty(l1), numbers("t", t, least=0)
    reduction: Reduction
    if row is None:
        if not (np.isfinite(scale) and scale > 0):
            raise BadInput(f"scale = {scale!r} is not allowed: give a finite number above 0.")
        reduction, law = ContinuumReduction(m, l1, float(scale)), "half-normal continuum"
    else:
        weights = numbers("row", row)
        if weights.shape != (m,):
            raise BadInput(f"row has shape {weights.shape}, but m = {m}: give ({m},) weights.")
        reduction, law = RowReduction(RowShape(weights), l1), "row"
    times, place = np.unique(t, return_inverse=True)
    columns = np.array(follow(reduction, times))[place.reshape(t.shape)]
    norm1, m_prime, rv, norm = np.moveaxis(columns, -1, 0)
    return Sparsification(t, norm1, m_prime, rv, norm, law)


def self_similar(m: int, l1: float, u: Any) -> Sparsification:
    """The slow manifold in closed form, parametrised by the truncation u = τ√m: (points,).

    P = P(x>u), I₁ = E(x−u)₊, I₂ = E(x−u)²₊ of the half-normal law, h = √m·I₁/√I₂ and
    ρ the upper root of 4(1−ρ²)ρ = λh:

        m' = mP,   rv = P·I₂/I₁² − 1,   ‖W‖₁ = ρh,   t = (1/λ√m) ∫₀ᵘ ρ dv/√I₂(v)

    Leaves out the first transient (t ≲ 1) and needs λ√m < 1.93, where ρ exists from the start
    (all NaN otherwise).
    """
    m, l1, u = whole("m", m), penalty(l1, positive=True), numbers("u", u, least=0)

    def length(v: Any) -> Any:
        h = math.sqrt(m) * halfnormal.excess(v) / np.sqrt(halfnormal.excess_square(v))
        return h, upper_root(l1 * h)

    def slowness(v: float) -> float:
        return float(length(v)[1]) / math.sqrt(halfnormal.excess_square(v))

    stops = np.concatenate(([0.0], np.unique(u)))
    if math.isnan(length(0.0)[1]):
        unknown = np.full_like(u, np.nan)
        return Sparsification(unknown, unknown, unknown, unknown, unknown, "self-similar")
    parts = [integrate.quad(slowness, a, b)[0] for a, b in pairwise(stops)]
    scaled = np.interp(u, stops, np.concatenate(([0.0], np.cumsum(parts))))
    with np.errstate(over="ignore"):  # λ near the smallest float: never, that is
        t = scaled / (l1 * math.sqrt(m))
    zero, one = halfnormal.survival(u), halfnormal.excess(u)
    rv = zero * halfnormal.excess_square(u) / one**2 - 1
    h, rho = length(u)
    return Sparsification(t, rho * h, m * zero, rv, np.asarray(rho), "self-similar")


def half_time(m: int, l1: float) -> float:
    """Flow time t at which half of a feature's weights are zero, on the slow manifold.

    About 0.916/(λ√m) for λ√m ≪ 1 (the textbook law says 0.414). ∞ for λ = 0, NaN for λ√m > 1.93.
    """
    m, l1 = whole("m", m), penalty(l1)
    if l1 == 0:
        return math.inf
    return float(self_similar(m, l1, [float(halfnormal.beyond(0.5))]).t[0])
