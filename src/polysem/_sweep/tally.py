"""Where a sweep stands: what progress displays and loggers are told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from polysem._sweep.engine import Done, Item
from polysem._sweep.plan import Missing


@dataclass
class Tally:
    """Counts of a sweep under way.

    `cells`, `seeds` — done of all wanted, those found finished included. `failures` — items given
    up. `seconds` — since the start. `left` — estimated seconds to go, None while nothing is known.
    `memory` — bytes that the workers hold together, as they last said.
    """

    cells_total: int
    seeds_total: int
    cells_done: int = 0
    seeds_done: int = 0
    failures: int = 0
    failed_before: int = 0
    seeds_now: int = 0
    began: float = field(default_factory=time.monotonic)
    _work_total: float = 0.0
    _work_done: float = 0.0
    _open: Counter[str] = field(default_factory=Counter)
    _memory: dict[str, int] = field(default_factory=dict)
    _pending: dict[str, Missing] = field(default_factory=dict)

    def expect(self, items: Iterable[Missing]) -> None:
        """What is still to be computed."""
        for missing in items:
            self._pending[missing.item.name] = missing
            self._open[missing.item.cell] += 1
            self._work_total += missing.seconds

    def note(self, done: Done) -> None:
        """An item is finished and stored."""
        if done.worker:
            self._memory[done.worker] = done.memory
        item = self._settle(done.name)
        if item is not None:
            self.seeds_done += item.count
            self.seeds_now += item.count
            self.cells_done += self._open[item.cell] == 0

    def give_up(self, item: Item) -> None:
        """An item has failed for good."""
        if self._settle(item.name) is not None:
            self.failures += 1

    def _settle(self, name: str) -> Item | None:
        missing = self._pending.pop(name, None)
        if missing is None:
            return None
        self._work_done += missing.seconds
        self._open[missing.item.cell] -= 1
        return missing.item

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def rate(self) -> float:
        """Seeds finished per second."""
        return self.seeds_now / max(self.seconds, 1e-9)

    @property
    def share(self) -> float:
        """Share of the work of this run that is done, by estimated cost."""
        return self._work_done / self._work_total if self._work_total else 1.0

    @property
    def left(self) -> float | None:
        """Estimated seconds to go."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0 else None

    @property
    def memory(self) -> int:
        """Bytes that the workers hold."""
        return sum(self._memory.values())

    def summary(self) -> dict[str, float]:
        """The counts, fit for JSON."""
        return {
            "cells": self.cells_total,
            "cells_done": self.cells_done,
            "seeds": self.seeds_total,
            "seeds_done": self.seeds_done,
            "seeds_now": self.seeds_now,
            "failures": self.failures,
            "failed_before": self.failed_before,
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        left = "time left not known yet" if self.left is None else f"about {self.left:.0f} s left"
        return (
            f"{self.cells_done} of {self.cells_total} cells, {self.seeds_done} of "
            f"{self.seeds_total} seeds, {self.rate:.3g} seeds/s, {self.seconds:.0f} s, {left}, "
            f"{self.failures} failures, {self.memory / 2**20:.0f} MiB"
        )
