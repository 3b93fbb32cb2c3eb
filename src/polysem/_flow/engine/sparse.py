"""Products with a mostly zero A: (n_neurons, n_features), through the nonzeros of each neuron.

All features are kept in the force, so a zero weight that must come back is seen every step.
"""

from __future__ import annotations

import numba
import numpy as np

_compile = numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
_CHUNK = 64  # features looked at together, and passed over if all their weights are zero
_STRIP = 512  # features handled at a time, so that their share of K stays in cache


@_compile
def _list_nonzeros(A, start, index):
    p = 0
    for k in range(A.shape[0]):
        start[k] = p
        for i in range(A.shape[1]):
            index[p] = i
            p += A[k, i] != 0
    start[A.shape[0]] = p


@_compile
def _list_few(A, start, index, chunk):
    """`_list_nonzeros` where most chunks of a row are empty."""
    n = A.shape[1]
    p = 0
    for k in range(A.shape[0]):
        start[k] = p
        for i0 in range(0, n, chunk):
            i1 = min(i0 + chunk, n)
            size = A.dtype.type(0)
            for i in range(i0, i1):
                size += abs(A[k, i])
            if size > 0:
                for i in range(i0, i1):
                    index[p] = i
                    p += A[k, i] != 0
    start[A.shape[0]] = p


def list_nonzeros(A: np.ndarray, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Row pointers and column indices of the `total` nonzeros of A."""
    start = np.empty(len(A) + 1, dtype=np.int64)
    index = np.empty(total + 1, dtype=np.int32)  # one slot more: the kernel writes, then counts
    if total * _CHUNK < A.size:
        _list_few(A, start, index, _CHUNK)
    else:
        _list_nonzeros(A, start, index)
    if start[-1] != total:
        raise AssertionError("the number of nonzero weights was miscounted")
    return start, index


@_compile
def _middle(A, B, ahead, k, i):
    w = A[k, i] + ahead * (A[k, i] - B[k, i])
    return w if w * A[k, i] > 0 else A.dtype.type(0)


@_compile
def _force(A, B, ahead, start, index, K, F, strip):
    n = A.shape[1]
    for i0 in range(0, n, strip):
        i1 = min(i0 + strip, n)
        for k in range(A.shape[0]):
            f = F[k, i0:i1]
            f[:] = 0
            p, last = start[k], start[k + 1]
            while p + 4 <= last:
                j0, j1, j2, j3 = index[p], index[p + 1], index[p + 2], index[p + 3]
                w0, w1 = _middle(A, B, ahead, k, j0), _middle(A, B, ahead, k, j1)
                w2, w3 = _middle(A, B, ahead, k, j2), _middle(A, B, ahead, k, j3)
                k0, k1, k2, k3 = K[j0, i0:i1], K[j1, i0:i1], K[j2, i0:i1], K[j3, i0:i1]
                for i in range(i1 - i0):
                    f[i] += (w0 * k0[i] + w1 * k1[i]) + (w2 * k2[i] + w3 * k3[i])
                p += 4
            while p < last:
                w0 = _middle(A, B, ahead, k, index[p])
                k0 = K[index[p], i0:i1]
                for i in range(i1 - i0):
                    f[i] += w0 * k0[i]
                p += 1


def force(
    A: np.ndarray,
    B: np.ndarray,
    ahead: float,
    nonzeros: tuple[np.ndarray, np.ndarray],
    K: np.ndarray,
    F: np.ndarray,
) -> None:
    """F ← (the midpoint state, as `midpoint` makes it) @ K, without forming the midpoint."""
    _force(A, B, A.dtype.type(ahead), *nonzeros, K, F, _STRIP)


@_compile
def _gram_of_few(A, start, index, G):
    """Both halves at once: quicker while there are fewer products than entries of G."""
    G[:] = 0
    for k in range(A.shape[0]):
        for p in range(start[k], start[k + 1]):
            j = index[p]
            w = A[k, j]
            for q in range(start[k], start[k + 1]):
                G[j, index[q]] += w * A[k, index[q]]


@_compile
def _products(start):
    total = 0
    for k in range(len(start) - 1):
        total += (start[k + 1] - start[k]) ** 2
    return total


@_compile
def _gram(A, start, index, G):
    n = G.shape[0]
    G[:] = 0
    for k in range(A.shape[0]):
        for p in range(start[k], start[k + 1]):
            j = index[p]
            w = A[k, j]
            for q in range(start[k], p + 1):
                G[j, index[q]] += w * A[k, index[q]]
    for i in range(n):
        for j in range(i):
            G[j, i] = G[i, j]


def gram(A: np.ndarray, nonzeros: tuple[np.ndarray, np.ndarray], G: np.ndarray) -> None:
    """G ← AᵀA, the overlaps of the features."""
    few = 2 * _products(nonzeros[0]) < G.size
    (_gram_of_few if few else _gram)(A, *nonzeros, G)
