"""The engine's inner loops in NumPy: for small networks, and the twin of `compiled`.

State is kept neuron-major, A = Wᵀ: (n_neurons, n_features).
"""

from __future__ import annotations

import numpy as np

from polysem._flow.engine.coefficients import Line, averages
from polysem._flow.engine.pieces import Pieces


def midpoint(A: np.ndarray, B: np.ndarray, ahead: float) -> None:
    """B ← the state extrapolated from B (earlier) through A (now) by `ahead` of their distance.

    Zeros stay zero and no weight passes zero on the way.
    """
    np.subtract(A, B, out=B)
    B *= np.asarray(ahead, B.dtype)
    B += A
    B[B * A <= 0] = 0


def proximal_step(
    A: np.ndarray, F: np.ndarray, out: np.ndarray, l1: np.ndarray, h: float, crossing: bool
) -> np.ndarray:
    """out ← exact solution after `h` of dw/dt = 4F − λ sign(w), per weight; F, λ constant.

    `l1` — λ of each feature: (n_features,), of the dtype of A.
    Weights reach zero and stay, cross it, or leave it, as the exact flow under that force does.
    Unless `crossing`, one that would cross zero stops there until the next step. Returns the
    number of nonzero weights of each feature.
    """
    size = np.abs(A)
    side = np.where(A == 0, np.sign(F), np.sign(A))
    push = side * F * np.asarray(4 * h, A.dtype)
    loss = l1 * A.dtype.type(h)
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
    falls = ~eye & (v > 0) & (c.end_v * v + c.end_r0 * r < 0)
    with np.errstate(all="ignore"):
        left = np.where(v + r * h > 0, h + v / r, 0)
        risen = r / a * (left + np.expm1(-a * left) / a) / h
        lasts = np.minimum(np.log1p(-a * v / r) / a, h)
        fallen = (v + r * lasts) / (a * h)
    mean = np.where(free, np.where(left > 0, risen, 0), np.where(falls, fallen, mean))
    out[...] = -np.where(eye, mean, np.maximum(mean, 0))


def growth(M: np.ndarray, direction: np.ndarray, nudge: np.ndarray, alive: np.ndarray) -> float:
    """Size of the largest eigenvalue of the symmetric M, by one step of a warm power iteration.

    Of the rows and columns that are `alive`. `direction` is improved in place; `nudge` keeps it
    from being exactly orthogonal to a new one.
    """
    direction[~alive] = 0
    before = float(np.linalg.norm(direction))
    image = M @ direction
    image[~alive] = 0
    size = float(np.linalg.norm(image))
    if 0 < size < np.inf:
        direction[...] = image / np.asarray(size, image.dtype) + nudge
    return size / before if before > 0 else 0.0


def largest_row(X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> float:
    """max_i Σ_j weight_j (X_ij − Y_ij)²; NaN if any is."""
    return float(((X - Y) ** 2 @ weight).max())


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
    """`multipliers` for any `Pieces`: each overlap relaxes at a × its own gain."""
    R1, R2 = last[0] - a * last[1], earlier[0] - a * earlier[1]
    r0, r1 = through.now * R1 + through.before * R2, through.slope * (R1 - R2)
    mean = _mean_answer(G + pieces.shift, r0, r1, pieces.gain, pieces.below, a, h)
    g, q0, q1 = (np.diagonal(M) for M in (G, r0, r1))
    np.fill_diagonal(mean, _own(g, q0, q1, a, h, pieces))
    out[...] = -mean


def _own(
    g: np.ndarray, r0: np.ndarray, r1: np.ndarray, a: float, h: float, pieces: Pieces
) -> np.ndarray:
    """−C_ii over h, where below the kink (g + shift ≤ 0) a feature gains nothing by growing."""
    own, target, shift, dead = np.diagonal(pieces.gain), *pieces[2:]
    z = g + shift
    end = z + (r0 + r1 * (h / 2) - a * dead) * h
    above = np.divide(end, end - z, out=np.zeros_like(g), where=(z <= 0) & (end > 0))
    risen = (1 - above) * dead - above * own * (target + shift)
    p1, p2, p3 = phis(a * own * h)
    v = p1 * (g - target) + h * p2 * r0 + h**2 * p3 * r1
    beyond = np.where(v + target + shift > 0, own * v, dead)
    return np.where(own <= 0, dead, np.where(z <= 0, risen, beyond))


def _mean_answer(
    v: np.ndarray,
    r0: np.ndarray,
    r1: np.ndarray,
    above: np.ndarray,
    below: np.ndarray,
    a: float,
    h: float,
) -> np.ndarray:
    """Mean over h of above·v⁺ + below·v⁻ where v' = −a (above·v⁺ + below·v⁻) + r0 + r1 τ."""
    r = r0 + r1 * (h / 2)
    up = (v > 0) | ((v == 0) & (r > 0))
    first, then = np.where(up, above, below), np.where(up, below, above)
    x = a * first * h
    p1, p2, p3 = phis(x)
    stays = p1 * v + h * p2 * r0 + h**2 * p3 * r1
    stays = np.where(up, np.maximum(stays, 0), np.minimum(stays, 0))
    end = np.exp(-x) * v + h * p1 * r
    with np.errstate(all="ignore"):
        k = a * first
        crossing = np.where(x > 1e-6, np.log1p(-k * v / r) / k, -v / r)
        lasts = np.clip(np.nan_to_num(crossing, nan=h, posinf=h), 0, h)
    rest = h - lasts
    p1, p2, _ = phis(k * lasts)
    before = first * (v * lasts * p1 + r * lasts**2 * p2)
    after = then * r * rest**2 * phis(a * then * rest)[1]
    leaves = (end != 0) & ((end > 0) != up)
    return np.where(leaves, (before + after) / h, first * stays)


def phis(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """φ₁, φ₂, φ₃ of −x, x ≥ 0 (as in `coefficients.averages`), entry by entry."""
    small = x < 0.02
    safe = np.where(small, 1, x)
    p1 = np.where(small, 1 - x / 2 + x**2 / 6 - x**3 / 24, -np.expm1(-safe) / safe)
    p2 = np.where(small, 1 / 2 - x / 6 + x**2 / 24 - x**3 / 120, (1 - p1) / safe)
    p3 = np.where(small, 1 / 6 - x / 24 + x**2 / 120, (1 / 2 - p2) / safe)
    return p1, p2, p3
