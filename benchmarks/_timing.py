"""Timing that noise spoils least: in turns, best of them, and steps counted.

Seconds are those of the processor, not of the clock on the wall: everything here is one thread
that never waits, and a core that is shared or taken away by the host would be charged to whoever
is running. Load still adds some (caches, the other half of a core), so the shortest of several
turns counts, and everything compared is timed in the same rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

OUT_OF_TIME = "out of time"  # why a solver stopped that was given so many seconds


class Whole:
    """A solve that is short enough to be timed from beginning to end, several times."""

    def __init__(self, run: Callable[[], Any]) -> None:
        self._run = run
        self.seconds = np.inf
        self.result: Any = None

    def turn(self) -> None:
        """Run it once more; the shortest time is kept."""
        began = time.process_time()
        self.result = self._run()
        self.seconds = min(self.seconds, time.process_time() - began)


class Steps:
    """A method of `total` identical steps, timed a few at a time.

    Its cost is exactly `total` times that of one step, whichever are timed: same products of the
    same dense matrices. States after the steps numbered in `keep` are kept in `kept`.
    """

    def __init__(
        self,
        step: Callable[[], object],
        total: int,
        state: Callable[[], np.ndarray],
        keep: tuple[int, ...] = (),
        turn_seconds: float = 1.0,
    ) -> None:
        self._step, self._state, self._keep = step, state, keep
        self.total, self.turn_seconds = total, turn_seconds
        self.done, self.per_step = 0, np.inf
        self.kept: dict[int, np.ndarray] = {}

    def turn(self) -> None:
        """Time some more steps, at least three and about `turn_seconds` of them, if any are left.

        A turn of a single step would show the luckiest, not the shortest.
        """
        began, count = time.process_time(), 0
        while self.done < self.total and not self._over(began, count):
            self._advance()
            count += 1
        if count >= min(3, self.total):
            self.per_step = min(self.per_step, (time.process_time() - began) / count)

    def advance_to(self, step: int, seconds: float) -> bool:
        """Go on to step number `step` if that takes at most `seconds`; True if it was reached."""
        step = min(step, self.total)
        if (step - self.done) * self.per_step > seconds:
            return self.done >= step
        while self.done < step:
            self.turn()
        return True

    @property
    def seconds(self) -> float:
        """Time of all steps, from the best turn."""
        return self.total * self.per_step

    @property
    def measured_share(self) -> float:
        """Share of the steps that were run."""
        return self.done / self.total

    def _over(self, began: float, count: int) -> bool:
        return count >= 3 and time.process_time() - began >= self.turn_seconds

    def _advance(self) -> None:
        self._step()
        self.done += 1
        if self.done in self._keep:
            self.kept[self.done] = self._state().copy()


def in_turns(timed: list[Whole | Steps], rounds: int) -> None:
    """Give every one of `timed` a turn, `rounds` times over."""
    for _ in range(rounds):
        for one in timed:
            one.turn()
