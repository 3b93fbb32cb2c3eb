"""The engine's inner loops, compiled and cached. Same functions as `eager`, their twin."""

from __future__ import annotations

import math

import numba
import numpy as np

from polysem._flow.engine.coefficients import Line, averages

_compile = numba.njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")


@_compile
def _midpoint(A, B, ahead):
    for k in range(A.shape[0]):
        for i in range(A.shape[1]):
            b = A[k, i] + ahead * (A[k, i] - B[k, i])
            B[k, i] = b if b * A[k, i] > 0 else B.dtype.type(0)


def midpoint(A: np.ndarray, B: np.ndarray, ahead: float) -> None:
    """See `eager.midpoint`."""
    _midpoint(A, B, A.dtype.type(ahead))


@_compile
def _proximal_step(A, F, out, loss, step, nonzeros):
    zero = A.dtype.type(0)
    one = A.dtype.type(1)
    for k in range(A.shape[0]):
        for i in range(A.shape[1]):
            w = A[k, i]
            q = F[k, i] * step
            positive = w > zero or (w == zero and q > zero)
            size = w if positive else -w
            push = q if positive else -q
            reached = size + push - loss
            over = min(push + loss, zero)
            away = loss - push
            beyond = (one - size / (away if away > zero else one)) * over
            y = reached if reached > zero else beyond
            y = y if positive else -y
            out[k, i] = y + zero  # no negative zeros
            nonzeros[i] += y != zero


def proximal_step(A: np.ndarray, F: np.ndarray, out: np.ndarray, l1: float, h: float) -> np.ndarray:
    """See `eager.proximal_step`."""
    nonzeros = np.zeros(A.shape[1], dtype=np.int32)
    _proximal_step(A, F, out, A.dtype.type(l1 * h), A.dtype.type(4 * h), nonzeros)
    return nonzeros


@_compile
def _kinked(v, r, a, h):
    """Mean of an overlap's positive part over a step in which it crosses zero once."""
    if v <= 0:
        left = h + v / r
        return r / a * (left + math.expm1(-a * left) / a) / h
    lasts = min(math.log1p(-a * v / r) / a, h)
    return max((v + r * lasts) / (a * h), 0.0)


@_compile
def _multipliers(G, D1, K1, D2, K2, through, c, a, h, out):
    n = G.shape[0]
    zero = G.dtype.type(0)
    now, before, slope, half = through[0], through[1], through[2], h / 2
    forcing = np.empty(n, G.dtype)
    crossing = np.empty(n + 1, np.int32)
    for i in range(n):
        for j in range(n):
            R1 = D1[i, j] - a * K1[i, j]
            R2 = D2[i, j] - a * K2[i, j]
            r0 = now * R1 + before * R2
            r1 = slope * (R1 - R2)
            v = G[i, j]
            r = r0 + r1 * half
            forcing[j] = r
            mean = c[0] * v + c[1] * r0 + c[2] * r1
            out[i, j] = -max(mean, zero) if v > zero else zero
        d = G.dtype.type(G[i, i] - G.dtype.type(1))
        R1, R2 = D1[i, i] - a * K1[i, i], D2[i, i] - a * K2[i, i]
        found = 0
        for j in range(n):
            v, r = G[i, j], forcing[j]
            ends = v + r * h if v <= zero else c[3] * v + c[4] * r
            crossing[found] = j
            found += (v <= zero) == (ends > zero)
        for p in range(found):
            j = crossing[p]
            out[i, j] = -_kinked(float(G[i, j]), float(forcing[j]), float(a), float(h))
        r0, r1 = now * R1 + before * R2, slope * (R1 - R2)
        out[i, i] = -(c[0] * d + c[1] * r0 + c[2] * r1)


def multipliers(
    G: np.ndarray,
    last: tuple[np.ndarray, np.ndarray],
    earlier: tuple[np.ndarray, np.ndarray],
    through: Line,
    a: float,
    h: float,
    out: np.ndarray,
) -> None:
    """See `eager.multipliers`."""
    exact = G.dtype.type
    c = tuple(exact(x) for x in averages(a, h))
    _multipliers(G, *last, *earlier, tuple(map(exact, through)), c, exact(a), exact(h), out)
