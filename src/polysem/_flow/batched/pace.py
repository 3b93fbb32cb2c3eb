"""Step sizes of many seeds: `engine.pace`, with one entry per seed."""

from __future__ import annotations

import numpy as np

from polysem._flow.engine.accuracy import Allowed
from polysem._flow.engine.pace import LARGEST, LARGEST_WITHOUT_L1, ORDER, TOO_LARGE


class Paces:
    """One `Pace` per seed. `h`: (seeds,) is the size of the next step of each."""

    def __init__(self, l1: float) -> None:
        self._tolerance = self._t = np.zeros(0)
        self._largest = LARGEST / l1 if l1 > 0 else LARGEST_WITHOUT_L1
        self.h = np.zeros(0)

    def begin(self, h: np.ndarray, allowed: Allowed) -> None:
        """Set the first steps, and the errors that a step of each may make: (seeds,)."""
        self._allowed, self._t = allowed, np.zeros(len(h))
        self._tolerance = allowed.at(self._t)
        self.h = np.minimum(h * self._tolerance**ORDER * 5, self._largest)

    def judge(self, h: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Which steps `h` with these errors may stand; sets the next. An error of NaN may not."""
        accepted = error <= TOO_LARGE * self._tolerance
        wanted = 0.9 * (self._tolerance / np.maximum(error, 1e-30)) ** ORDER
        factor = np.minimum(np.maximum(wanted, 0.2), np.where(accepted, 2.0, 0.5))
        self.h = np.minimum(h * factor, self._largest)
        self._t = self._t + np.where(accepted, h, 0)
        self._tolerance = self._allowed.at(self._t)
        return accepted

    def keep(self, order: np.ndarray) -> None:
        """Keep the seeds at the positions `order` only."""
        self.h, self._tolerance, self._t = self.h[order], self._tolerance[order], self._t[order]
        self._allowed = Allowed(*(each[order] for each in self._allowed))
