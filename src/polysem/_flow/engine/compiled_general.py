"""The compiled twin of `eager.general_multipliers`: overlaps with gains and costs of their own."""

from __future__ import annotations

import math

import numba
import numpy as np

from polysem._flow.engine.coefficients import Line
from polysem._flow.engine.pieces import Pieces

_compile = numba.njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")


@_compile
def _phis(x):
    if x < 0.02:
        p1 = 1 - x / 2 + x**2 / 6 - x**3 / 24
        return p1, 1 / 2 - x / 6 + x**2 / 24 - x**3 / 120, 1 / 6 - x / 24 + x**2 / 120
    p1 = -math.expm1(-x) / x
    p2 = (1 - p1) / x
    return p1, p2, (1 / 2 - p2) / x


@_compile
def _mean_answer(v, r0, r1, above, below, a, h):
    """See `eager._mean_answer`."""
    r = r0 + r1 * (h / 2)
    up = v > 0 or (v == 0 and r > 0)
    first, then = (above, below) if up else (below, above)
    k = a * first
    x = k * h
    p1, p2, p3 = _phis(x)
    end = math.exp(-x) * v + h * p1 * r
    if end == 0 or (end > 0) == up:
        stays = p1 * v + h * p2 * r0 + h * h * p3 * r1
        return first * (max(stays, 0.0) if up else min(stays, 0.0))
    lasts = math.log1p(-k * v / r) / k if x > 1e-6 else -v / r
    lasts = min(max(lasts, 0.0), h)
    p1, p2, p3 = _phis(k * lasts)
    before = first * (v * lasts * p1 + r * lasts**2 * p2)
    rest = h - lasts
    p1, p2, p3 = _phis(a * then * rest)
    return (before + then * r * rest**2 * p2) / h


@_compile
def _own(g, r0, r1, own, target, shift, dead, a, h):
    """−C_ii over h, where below the kink (g + shift ≤ 0) a feature gains nothing by growing."""
    z = g + shift
    if own <= 0:
        return float(dead)
    if z <= 0:
        end = z + (r0 + r1 * (h / 2) - a * dead) * h
        if end <= 0:
            return float(dead)
        above = end / (end - z)  # the share of the step it spends beyond the kink
        return (1 - above) * dead - above * own * (target + shift)
    p1, p2, p3 = _phis(a * own * h)
    v = p1 * (g - target) + h * p2 * r0 + h * h * p3 * r1
    return own * v if v + target + shift > 0 else float(dead)


@_compile
def _general(G, D1, K1, D2, K2, through, a, h, out, gain, below, target, shift, dead):
    n = G.shape[0]
    for i in range(n):
        for j in range(i + 1):
            R1, R2 = float(D1[i, j]) - a * K1[i, j], float(D2[i, j]) - a * K2[i, j]
            r0, r1 = through[0] * R1 + through[1] * R2, through[2] * (R1 - R2)
            if i == j:
                own = gain[i, i]
                c = _own(float(G[i, i]), r0, r1, own, target[i], shift, dead, a, h)
            else:
                z = float(G[i, j]) + shift
                c = _mean_answer(z, r0, r1, gain[i, j], below[i, j], a, h)
            out[i, j] = -c
            out[j, i] = -c


def general_multipliers(
    G: np.ndarray,
    last: tuple[np.ndarray, np.ndarray],
    earlier: tuple[np.ndarray, np.ndarray],
    through: Line,
    a: float,
    h: float,
    out: np.ndarray,
    pieces: Pieces,
) -> None:
    """See `eager.general_multipliers`."""
    _general(G, *last, *earlier, tuple(through), float(a), float(h), out, *pieces)
