"""Running what is missing: rounds of tasks, the failed ones again, until all is done or given up.

Retries belong here and not to the engines: after each round the items that did not come back are
handed out again, so a retry runs on another worker, and every engine behaves the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from polysem._errors import RunFailed
from polysem._sweep.compact import LOOSE, compact_where_it_pays
from polysem._sweep.engine import Engine, Finished, Item, Task, Work
from polysem._sweep.interrupts import Interrupts
from polysem._sweep.plan import Missing, task_of, tasks_of
from polysem._sweep.store import Store
from polysem._sweep.tally import Tally

Watcher = Callable[[Tally, list[str]], None]
"""Told, after each task, where the sweep stands and the names of the parts just stored."""


@dataclass
class Runner:
    """One run of a sweep. `retries` — how often a failed item is tried again."""

    store: Store
    engine: Engine
    work: Work
    interrupts: Interrupts
    tally: Tally
    watch: Watcher
    retries: int = 2
    weights: bool = False
    _items: dict[str, Missing] = field(default_factory=dict)
    _tried: Counter[str] = field(default_factory=Counter)
    _loose: int = 0

    def run(self, missing: list[Missing]) -> None:
        """Compute `missing`, largest first. Raises KeyboardInterrupt after draining, `RunFailed`
        if results can no longer be stored."""
        self._items = {entry.item.name: entry for entry in missing}
        self.tally.expect(missing)
        todo = tasks_of(missing, str(self.store.folder), self.weights)
        while todo and not self.interrupts.draining:
            todo = self._round(todo)
        if self.interrupts.draining and self._items:
            raise KeyboardInterrupt

    def _round(self, tasks: list[Task]) -> list[Task]:
        """Hand out tasks once; the tasks of the next round."""
        again: list[Task] = []
        results = self.engine.run(self._handed_out(tasks), self.work)
        try:
            for finished in results:
                again += self._settle(finished)
        finally:
            close = getattr(results, "close", None)
            if close is not None:
                close()
        return again

    def _handed_out(self, tasks: list[Task]) -> Iterator[Task]:
        for task in tasks:
            if self.interrupts.draining:
                return
            yield task

    def _settle(self, finished: Finished) -> list[Task]:
        """Note what a task brought; what is to be done again."""
        stored = [done.name for done in finished.done]
        for done in finished.done:
            self._items.pop(done.name, None)
            self.tally.note(done)
        rest = [item for item in finished.task.items if item.name in self._items]
        again = self._failed(finished, rest) if finished.failure is not None else []
        self._tidy(len(stored))
        self.watch(self.tally, stored)
        return again

    def _failed(self, finished: Finished, rest: list[Item]) -> list[Task]:
        """The first item that is not there is the one that failed; it goes on alone."""
        assert finished.failure is not None
        if finished.failure.kind == "storage":
            raise RunFailed(finished.failure.reason)
        again = []
        if rest:
            culprit, *innocent = rest
            self._tried[culprit.name] += 1
            if self._tried[culprit.name] > self.retries:
                self._give_up(culprit, finished.failure.reason)
            else:
                again.append([self._items[culprit.name]])
            again.append([self._items[item.name] for item in innocent])
        folder = str(self.store.folder)
        return [task_of(items, folder, self.weights) for items in again if items]

    def _give_up(self, item: Item, reason: str) -> None:
        cell = self._items.pop(item.name).cell
        self.store.record_failure(item, reason, self._tried[item.name], cell.name)
        self.tally.give_up(item)

    def _tidy(self, stored: int) -> None:
        self._loose += stored
        if self._loose >= LOOSE:
            self._loose = 0
            compact_where_it_pays(self.store)
