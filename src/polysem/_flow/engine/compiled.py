"""The engine's inner loops, compiled and cached. Same functions as `eager`, their twin."""

from __future__ import annotations

import math

import numba
import numpy as np

from polysem._flow.engine.coefficients import Line, averages
from polysem._flow.engine.pieces import Pieces

_compile = numba.njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
_compile_sums = numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})


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
def _proximal_step(A, F, out, loss, step, share_beyond, nonzeros):
    zero = A.dtype.type(0)
    one = A.dtype.type(1)
    for k in range(A.shape[0]):
        for i in range(A.shape[1]):
            w = A[k, i]
            q = F[k, i] * step
            positive = w > zero or (w == zero and q > zero)
            size = w if positive else -w
            push = q if positive else -q
            reached = size + push - loss[i]
            over = min(push + loss[i], zero) * share_beyond
            away = loss[i] - push
            beyond = (one - size / (away if away > zero else one)) * over
            y = reached if reached > zero else beyond
            y = y if positive else -y
            out[k, i] = y + zero  # no negative zeros
            nonzeros[i] += y != zero


def proximal_step(
    A: np.ndarray, F: np.ndarray, out: np.ndarray, l1: np.ndarray, h: float, crossing: bool
) -> np.ndarray:
    """See `eager.proximal_step`."""
    exact = A.dtype.type
    nonzeros = np.zeros(A.shape[1], dtype=np.int32)
    _proximal_step(A, F, out, l1 * exact(h), exact(4 * h), exact(crossing), nonzeros)
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
def _forcing(rate, mean, a, out):
    for j in range(len(out)):
        out[j] = rate[j] - a * mean[j]


@_compile
def _unkinked(G, R1, R2, through, c, h, half, r, end, out):
    """One row of means, right where no overlap crosses zero in the step, and where it ends.

    `end` is below zero for an overlap that crosses. Selections, not conditions: so it is
    vectorised.
    """
    zero = out.dtype.type(0)
    for j in range(len(out)):
        r0 = through[0] * R1[j] + through[1] * R2[j]
        r1 = through[2] * (R1[j] - R2[j])
        v = G[j]
        mean = max(c[0] * v + c[1] * r0 + c[2] * r1, zero)
        middle = r0 + r1 * half
        r[j] = middle
        out[j] = -mean if v > zero else zero
        end[j] = c[3] * v + c[4] * middle if v > zero else -(v + middle * h)


@_compile
def _multipliers(G, D1, K1, D2, K2, through, c, a, h, half, out):
    # Row by row in short loops: more arrays in one loop and it is not vectorised.
    n = G.shape[0]
    R1, R2, r = np.empty(n, G.dtype), np.empty(n, G.dtype), np.empty(n, G.dtype)
    end = np.empty(n, G.dtype)
    for i in range(n):
        _forcing(D1[i], K1[i], a, R1)
        _forcing(D2[i], K2[i], a, R2)
        _unkinked(G[i], R1, R2, through, c, h, half, r, end, out[i])
        for j in range(n):
            if end[j] < 0:
                out[i, j] = -_kinked(float(G[i, j]), float(r[j]), float(a), float(h))
        r0, r1 = through[0] * R1[i] + through[1] * R2[i], through[2] * (R1[i] - R2[i])
        out[i, i] = -(c[0] * (G[i, i] - out.dtype.type(1)) + c[1] * r0 + c[2] * r1)


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
    line_ = tuple(map(exact, through))
    _multipliers(G, *last, *earlier, line_, c, exact(a), exact(h), exact(h / 2), out)


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
    """See `eager.general_multipliers`; compiled only if it is used."""
    from polysem._flow.engine import compiled_general

    compiled_general.general_multipliers(G, last, earlier, through, a, h, out, pieces)


@_compile_sums
def _growth(M, direction, nudge, alive):
    n = len(direction)
    zero = M.dtype.type(0)
    image = np.zeros(n, M.dtype)
    before = 0.0
    for j in range(n):
        d = direction[j] if alive[j] else zero
        before += float(d) * float(d)
        for i in range(n):
            image[i] += M[j, i] * d
    size = 0.0
    for i in range(n):
        size += float(image[i]) * float(image[i]) if alive[i] else 0.0
    size = math.sqrt(size)
    if 0 < size < np.inf:
        for i in range(n):
            direction[i] = (image[i] / M.dtype.type(size) if alive[i] else zero) + nudge[i]
    return size / math.sqrt(before) if before > 0 else 0.0


def growth(M: np.ndarray, direction: np.ndarray, nudge: np.ndarray, alive: np.ndarray) -> float:
    """See `eager.growth`."""
    return _growth(M, direction, nudge, alive)


@_compile_sums
def _largest_row(X, Y, weight):
    largest = X.dtype.type(0)
    for i in range(X.shape[0]):
        total = X.dtype.type(0)
        for j in range(X.shape[1]):
            d = X[i, j] - Y[i, j]
            total += d * d * weight[j]
        if total != total:
            return total
        largest = max(largest, total)
    return largest


def largest_row(X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> float:
    """See `eager.largest_row`."""
    return float(_largest_row(X, Y, weight))
