"""Deciding that a flow has ended, the same way for every method."""

from __future__ import annotations

import numpy as np

from polysem._flow.certificate import Certificate, certify
from polysem._flow.outcome import Outcome
from polysem._types import Weights

NORM_BLOWN_UP = 1e3  # the flow keeps ‖W_i‖ near 1; only a step too large takes a weight here
STILL = 1e-5  # largest change of a weight over one window of time that counts as none
SETTLED = 1e-4  # |dW/dt| below which a certified state is taken to its limit in closed form
WINDOW_WITHOUT_L1 = 20.0  # flow time between two looks when λ = 0 (rates are of order 4)


class Watch:
    """Looks at the states of one solve and says when, and how, it has ended.

    A state that is not certified counts as stationary once no weight has changed by more than
    `STILL` over a window of one unit of λt. The window, not the speed, decides: a near-tie grows
    at a rate of about λ, so it is nearly motionless for long before it resolves.
    """

    def __init__(self, l1: float) -> None:
        self.l1 = l1
        self.window = 1 / l1 if l1 > 0 else WINDOW_WITHOUT_L1
        self._before: Weights | None = None
        self._before_t = 0.0

    def look(self, t: float, W: Weights) -> Outcome | None:
        """The outcome reached by state W: (n_features, n_neurons) at time t, or None."""
        largest = np.abs(W).max(initial=0)
        if not largest < NORM_BLOWN_UP:  # also true for NaN
            return Outcome.DIVERGED
        if largest == 0:
            return Outcome.ALL_DEAD
        if (W != 0).sum(-1).max() <= 1:
            certificate = certify(W, self.l1)
            if certificate.holds and certificate.residual <= SETTLED:
                return Outcome.CONVERGED
        return Outcome.STATIONARY if self._still(t, W) else None

    def _still(self, t: float, W: Weights) -> bool:
        """True if W equals the state one window ago; keeps a copy for the next comparison."""
        if self._before is not None and t < self._before_t + self.window:
            return False
        still = self._before is not None and bool(np.abs(W - self._before).max() <= STILL)
        self._before, self._before_t = W.copy(), t
        return still


def limit_of_certified(W: Weights, l1: float) -> Weights:
    """Where a certified state goes as t → ∞, exactly: a new array of the same shape.

    Its rows no longer feel each other: each single weight obeys dw/dt = 4(1−w²)w − λ, so it
    settles on the upper root of w³ − w + λ/4 = 0, or dies if it is below the lower root.
    """
    size = np.abs(W.astype(np.float64))
    angle = np.arccos(np.clip(-3 * np.sqrt(3) / 8 * l1, -1, 1)) / 3
    upper = 2 / np.sqrt(3) * np.cos(angle)
    lower = 2 / np.sqrt(3) * np.cos(angle - 2 * np.pi / 3) if l1 > 0 else 0.0
    lives = size > lower if l1 <= 8 / (3 * np.sqrt(3)) else np.zeros(W.shape, dtype=bool)
    return np.where(lives, np.sign(W) * upper, 0).astype(W.dtype)


def closing_certificate(W: Weights, l1: float) -> Certificate:
    """`certify(W, l1)`, or one of NaNs, which does not hold, if W is not finite."""
    if np.isfinite(W).all():
        return certify(W, l1)
    return Certificate(W.shape[-1], np.nan, np.nan, np.nan, l1)
