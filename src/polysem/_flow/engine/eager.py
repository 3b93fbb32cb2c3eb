"""The engine's inner loops in NumPy: for small networks, and the twin of `compiled`.

State is kept neuron-major, A = Wᵀ: (n_neurons, n_features).
"""

from __future__ import annotations

import numpy as np

from polysem._flow.engine.coefficients import Line, averages


def midpoint(A: np.ndarray, B: np.ndarray, ahead: float) -> None:
    """B ← the state extrapolated from B (earlier) through A (now) by `ahead` of their distance.

    Zeros stay zero and no weight passes zero on the way.
    """
    np.subtract(A, B, out=B)
    B *= np.asarray(ahead, B.dtype)
    B += A
    B[B * A <= 0] = 0


def proximal_step(
    A: np.ndarray, F: np.ndarray, out: np.ndarray, l1: float, h: float, crossing: bool
) -> np.ndarray:
    """out ← exact solution after `h` of dw/dt = 4F − λ sign(w), per weight; F constant.

    Weights reach zero and stay, cross it, or leave it, as the exact flow under that force does.
    Unless `crossing`, one that would cross zero stops there until the next step. Returns the
    number of nonzero weights of each feature.
    """
    size = np.abs(A)
    side = np.where(A == 0, np.sign(F), np.sign(A))
    push = side * F * np.asarray(4 * h, A.dtype)
    loss = np.asarray(l1 * h, A.dtype)
    reached = size + push - loss
    beyond = np.zeros_like(size)
    crosses = (reached <= 0) & (push + loss < 0) & crossing
    np.divide(size, loss - push, out=beyond, where=crosses)
    beyond = np.where(crosses, (1 - beyond) * (push + loss), 0)
    out[...] = side * np.where(reached > 0, reached, beyond)
    out += 0  # no negative zeros
    return np.count_nonzero(out, axis=0)


def multipliers(
    G: np.ndarray,
    last: tuple[np.ndarray, np.ndarray],
    earlier: tuple[np.ndarray, np.ndarray],
    through: Line,
    a: float,
    h: float,
    out: np.ndarray,
) -> None:
    """out ← mean over the next `h` of C = I − ReLU(G), entry by entry, from past measurements.

    `last` and `earlier` are (mean rate of G, mean C) of two past steps. Their difference
    R = rate − a·C is the forcing not answered by the entry itself, taken as linear in time.
    """
    eye = np.eye(len(G), dtype=bool)
    R1, R2 = last[0] - a * last[1], earlier[0] - a * earlier[1]
    r0, r1 = through.now * R1 + through.before * R2, through.slope * (R1 - R2)
    v = G - eye
    c = averages(a, h)
    mean = c.mean_v * v + c.mean_r0 * r0 + c.mean_r1 * r1
    r = r0 + r1 * (h / 2)
    free = ~eye & (v <= 0)
    falls = ~eye & (v > 0) & (c.end_v * v + c.end_r0 * r <= 0)
    with np.errstate(all="ignore"):
        left = np.where(v + r * h > 0, h + v / r, 0)
        risen = r / a * (left + np.expm1(-a * left) / a) / h
        lasts = np.minimum(np.log1p(-a * v / r) / a, h)
        fallen = (v + r * lasts) / (a * h)
    mean = np.where(free, np.where(left > 0, risen, 0), np.where(falls, fallen, mean))
    out[...] = -np.where(eye, mean, np.maximum(mean, 0))


def largest_row(X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> float:
    """max_i Σ_j weight_j (X_ij − Y_ij)²; NaN if any is."""
    return float(((X - Y) ** 2 @ weight).max())
