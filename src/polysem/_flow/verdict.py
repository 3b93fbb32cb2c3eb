"""Deciding that a flow has ended, the same way for every method."""

from __future__ import annotations

import numpy as np

from polysem._flow.certificate import Certificate, certify, neuron_blocks
from polysem._flow.kept import Kept
from polysem._flow.outcome import Outcome
from polysem._network import Problem
from polysem._types import Weights

NORM_BLOWN_UP = 1e3  # the flow keeps ‖W_i‖ near 1; only a step too large takes a weight here
RIPPLE = 0.02  # largest change over one window that can be a ripple about a stationary state
STILL = 1e-5  # largest change of a weight over one window of time that counts as none
SETTLED = 1e-4  # |dW/dt| below which a certified state is taken to its limit in closed form
WINDOW_WITHOUT_L1 = 20.0  # flow time between two looks when λ = 0 (rates are of order 4)


class Watch:
    """Looks at the states of one solve and says when, and how, it has ended.

    A state that is not certified counts as stationary once no weight has changed by more than
    `STILL` over a window of one unit of λt. The window, not the speed, decides: a near-tie grows
    at a rate of about λ, so it is nearly motionless for long before it resolves.

    The state to compare with is first kept after one window, when few weights are left: a copy of
    the start would be as large as the state.
    """

    def __init__(self, problem: Problem, n: int) -> None:
        self._problem = problem
        slowest = problem.slowest(n)
        self.window = 1 / slowest if slowest > 0 else WINDOW_WITHOUT_L1
        self._before: Kept | None = None
        self._before_t = 0.0
        self.rippling = False
        """True if, at the last look, weights moved fast and yet got nowhere: steps too large."""

    def look(self, t: float, W: Weights) -> Outcome | None:
        """The outcome reached by state W: (n_features, n_neurons) at time t, or None."""
        largest = largest_weight(W)
        if not largest < NORM_BLOWN_UP:  # also true for NaN
            return Outcome.DIVERGED
        if largest == 0:
            return Outcome.ALL_DEAD
        if _most_nonzeros(W) <= 1:
            certificate = certify(W, self._problem)
            if certificate.holds and certificate.residual <= SETTLED:
                return Outcome.CONVERGED
        return Outcome.STATIONARY if self._still(t, W) else None

    def _still(self, t: float, W: Weights) -> bool:
        """True if W equals the state one window ago; keeps W for the next comparison."""
        if t < self._before_t + self.window:
            return False
        before, self._before_t = self._before, t
        change = np.inf if before is None else before.largest_change(W)
        self._before = before = None  # gone before another is kept
        self.rippling = STILL < change < RIPPLE and 20 * change < self._fastest(W) * self.window
        self._before = Kept(W)
        return change <= STILL

    def _fastest(self, W: Weights) -> float:
        """Largest |dW/dt| over nonzero weights."""
        return certify(W, self._problem).residual


def largest_weight(W: Weights) -> float:
    """Largest |weight|; NaN if there is one."""
    return float(np.max([np.abs(W[:, some]).max(initial=0) for some in neuron_blocks(W)]))


def _most_nonzeros(W: Weights) -> int:
    """Nonzero weights of the feature that has most."""
    found = np.zeros(len(W), np.intp)
    for some in neuron_blocks(W):
        found += np.count_nonzero(W[:, some], axis=-1)
    return int(found.max(initial=0))


def closing_certificate(W: Weights, problem: Problem) -> Certificate:
    """`certify(W, problem)`, or one of NaNs, which does not hold, if W is not finite."""
    if all(np.isfinite(W[:, some]).all() for some in neuron_blocks(W)):
        return certify(W, problem)
    return Certificate(W.shape[-1], np.nan, np.nan, np.nan, problem.l1)
