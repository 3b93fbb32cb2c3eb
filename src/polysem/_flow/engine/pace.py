"""The size of the next step, from the error of the last."""

from __future__ import annotations

from polysem._flow.engine.accuracy import Allowed

ORDER = 1 / 3  # the error of a step grows as its size to the third power
TOO_LARGE = 5.0  # times the tolerance: the step is done again
LARGEST = 0.12  # largest step in units of 1/λ; twice as much leaves late ripples undamped
LARGEST_WITHOUT_L1 = 5.0  # largest step in flow time when λ = 0


class Pace:
    """Step sizes that keep the error of a step near what is allowed at its time.

    No step exceeds a share of 1/λ, the time in which near-ties resolve: they are nearly
    motionless before, so that their error does not show.
    """

    def __init__(self, allowed: Allowed, l1: float) -> None:
        self._allowed, self._t = allowed, 0.0
        self._tolerance = float(allowed.at(0.0))
        self._largest = LARGEST / l1 if l1 > 0 else LARGEST_WITHOUT_L1
        self.h = 0.0

    def begin(self, h: float) -> None:
        """Set the first step."""
        self.h = min(h * self._tolerance**ORDER * 5, self._largest)

    def calm(self) -> None:
        """Halve the largest step: a ripple that the error allows must still die away."""
        self._largest = min(self._largest, self.h) / 2
        self.h = min(self.h, self._largest)

    def judge(self, h: float, error: float) -> bool:
        """True if a step `h` with this `error` may stand; sets the size of the next."""
        wanted = 0.9 * (self._tolerance / max(error, 1e-30)) ** ORDER
        accepted = error <= TOO_LARGE * self._tolerance
        if accepted:
            self._t += h
            self._tolerance = float(self._allowed.at(self._t))
        self.h = min(h * min(max(wanted, 0.2), 2.0 if accepted else 0.5), self._largest)
        return accepted
