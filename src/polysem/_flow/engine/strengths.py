"""The strength of the ℓ1 part for each feature over a step: constant, or moving with ‖W_i‖₁."""

from __future__ import annotations

import numpy as np

from polysem._network import Problem


class Strengths:
    """λ_i = λ w_i p ‖W_i‖₁^(p−1) at the middle of a step, extrapolated from the last one.

    For p = 1 they are constants and nothing is measured.
    """

    def __init__(self, problem: Problem, n: int, dtype: np.dtype) -> None:
        self._base = problem.base_strengths(n).astype(dtype)
        self._power = problem.penalty.power
        self._now = self._before = self._next = np.zeros(n, dtype)
        self._h = 1.0

    def begin(self, A: np.ndarray, earlier: np.ndarray, tau: float) -> None:
        """Take the state A: (n_neurons, n_features), and that of a time `tau` earlier."""
        if self._power != 1:
            self._now, self._before, self._h = _l1_norms(A), _l1_norms(earlier), tau

    def during(self, h: float) -> np.ndarray:
        """λ_i in the middle of the next step `h`: (n_features,)."""
        ratio = self._base.dtype.type(h / 2 / self._h)
        return self._at(self._now + ratio * (self._now - self._before))

    def error(self, h: float, trial: np.ndarray, nonzeros: np.ndarray) -> float:
        """How far the strength used in a step moved a row from where it should be, at most."""
        if self._power == 1:
            return 0.0
        self._next = _l1_norms(trial)
        wrong = self.during(h) - self._at((self._now + self._next) / 2)
        return float((h * np.abs(wrong) * np.sqrt(nonzeros)).max())

    def accept(self, h: float) -> None:
        """The step stands."""
        self._before, self._now, self._h = self._now, self._next, h

    def _at(self, norms: np.ndarray) -> np.ndarray:
        if self._power == 1:
            return self._base
        power = self._base.dtype.type(self._power)
        return self._base * power * np.maximum(norms, 0) ** (power - 1)


def _l1_norms(A: np.ndarray) -> np.ndarray:
    """‖W_i‖₁ of every feature."""
    return np.abs(A).sum(axis=0)
