"""The engine's inner loops, compiled and cached. Same functions as `eager`, their twin."""

from __future__ import annotations

import math

import numba
import numpy as np

from polysem._flow.engine.coefficients import Averages, Line, averages

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
            out[k, i] = y
            nonzeros[i] += y != zero


def proximal_step(A: np.ndarray, F: np.ndarray, out: np.ndarray, l1: float, h: float) -> np.ndarray:
    """See `eager.proximal_step`."""
    nonzeros = np.zeros(A.shape[1], dtype=np.int32)
    _proximal_step(A, F, out, A.dtype.type(l1 * h), A.dtype.type(4 * h), nonzeros)
    return nonzeros


@_compile
def _kinked(v, r, a, h, end):
    """Mean of an overlap's positive part over the step, where it starts or ends at zero."""
    if v <= 0:
        if v + r * h <= 0:
            return 0.0
        left = h + v / r
        return r / a * (left + math.expm1(-a * left) / a) / h
    lasts = min(math.log1p(-a * v / r) / a, h)
    return max((v + r * lasts) / (a * h), 0.0)


@_compile
def _multipliers(G, D1, K1, D2, K2, through, c, a, h, out):
    n = G.shape[0]
    for i in range(n):
        for j in range(n):
            R1 = D1[i, j] - a * K1[i, j]
            R2 = D2[i, j] - a * K2[i, j]
            r0 = through[0] * R1 + through[1] * R2
            r1 = through[2] * (R1 - R2)
            v = float(G[i, j])
            if i == j:
                v -= 1.0
            mean = c[0] * v + c[1] * r0 + c[2] * r1
            if i != j:
                end = c[3] * v + c[4] * r0 + c[5] * r1
                r = r0 + r1 * (h / 2)
                if v <= 0 or (end < 0 and r < 0):
                    mean = _kinked(v, r, a, h, end)
                mean = max(mean, 0.0)
            out[i, j] = -mean


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
    c: Averages = averages(a, h)
    _multipliers(G, *last, *earlier, tuple(through), tuple(c), float(a), float(h), out)
