"""Third-order Adams–Bashforth on the smooth force, with an exact soft threshold per weight."""

from __future__ import annotations

import numpy as np

from polysem._types import Weights


def extrapolated_mean(h: float, ages: list[float]) -> list[float]:
    """Weights of past forces in their mean over the next step of length `h`.

    `ages[i]` is how long before now force i was evaluated; the first is 0. The mean over [0, h]
    of the polynomial through them: Adams–Bashforth with variable steps, up to third order.
    """
    powers = np.arange(len(ages))
    vandermonde = (-np.array(ages)[None, :]) ** powers[:, None]
    return np.linalg.solve(vandermonde, h**powers / (powers + 1)).tolist()


def proximal_step(W: Weights, force: Weights, l1: float, h: float) -> Weights:
    """Exact solution after time `h` of dw/dt = force − λ sign(w) with constant force, per weight.

    Weights reach zero and stay, cross it, or leave it, as the exact flow under that force does.
    """
    size = np.abs(W)
    side = np.where(W == 0, np.sign(force), np.sign(W))
    push = side * force * h
    loss = l1 * h
    reached = size + push - loss
    time_left = 1 - size / np.maximum(loss - push, np.finfo(W.dtype).tiny)
    beyond = np.clip(time_left, 0, 1) * np.minimum(push + loss, 0)
    return side * np.where(reached > 0, reached, beyond)
