"""The engine of worker processes on this machine, each with one BLAS thread and one task."""

from __future__ import annotations

import os
import queue
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress

from polysem._errors import RunFailed
from polysem._sweep.child import Child, Event
from polysem._sweep.engine import Done, Failure, Finished, Task, Work
from polysem._sweep.worker import name_of

POLL_SECONDS = 0.2
STARTS_IN_A_ROW = 3  # workers that may die before they are ready


class LocalProcesses:
    """`workers` processes (by default one per core), started as tasks need them.

    A worker that dies or passes `limit_seconds` on one item is replaced; its task comes back with
    the reason. Together the tasks under way stay within `memory` bytes if that is given; a task
    that alone needs more runs alone.

    As a context manager it keeps its idle workers from one `run` to the next, which loaded and
    compiled what they need, and ends them when it is left.
    """

    def __init__(
        self,
        workers: int | None = None,
        limit_seconds: float | None = None,
        memory: int | None = None,
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.limit_seconds = limit_seconds
        self.memory = memory
        self._kept = False
        self._crew: Crew | None = None

    def __enter__(self) -> LocalProcesses:
        self._kept = True
        return self

    def __exit__(self, *_: object) -> None:
        self._kept = False
        self._dismiss()

    def run(self, tasks: Iterable[Task], work: Work) -> Generator[Finished, None, None]:
        """Yield every task as it is finished or has failed. Raises `RunFailed` if no worker
        process can be started."""
        if self._crew is not None and self._crew.work != name_of(work):
            self._dismiss()
        crew, self._crew = self._crew or Crew(self, iter(()), name_of(work)), None  # its own
        crew.tasks = iter(tasks)
        try:
            yield from crew.finished()
        finally:
            if self._kept and self._crew is None and not crew.busy:
                self._crew = crew
            else:
                crew.end()

    def _dismiss(self) -> None:
        if self._crew is not None:
            self._crew.end()
        self._crew = None


class Crew:
    """The workers of one `run`, and which task each has."""

    def __init__(self, engine: LocalProcesses, tasks: Iterator[Task], work: str) -> None:
        self.engine, self.tasks, self.work = engine, tasks, work
        self.inbox: queue.Queue[Event] = queue.Queue()
        self.children: list[Child] = []
        self.next: Task | None = None
        self.died_early = 0

    @property
    def busy(self) -> bool:
        """True while a worker has a task, or one is in hand."""
        return self.next is not None or any(child.task is not None for child in self.children)

    def finished(self) -> Iterator[Finished]:
        """Hand out tasks and yield those that came back, until there are no more."""
        self._hand_out()
        while self.busy:
            with suppress(queue.Empty):
                came_back = self._heard(*self.inbox.get(timeout=POLL_SECONDS))
                if came_back is not None:
                    yield came_back
            self._kill_hung()
            self._hand_out()

    def end(self) -> None:
        """End every worker at once."""
        for child in self.children:
            child.forget()
        self.children.clear()

    def _hand_out(self) -> None:
        """Give tasks to idle workers, or to new ones, while there is room."""
        while True:
            idle = next((child for child in self.children if child.task is None), None)
            if idle is None and len(self.children) >= self.engine.workers:
                return
            task = self.next or next(self.tasks, None)
            self.next = task
            if task is None or not self._fits(task):
                return
            if idle is None:
                idle = Child(self.work, self.inbox)
                self.children.append(idle)
            self.next = None
            idle.start(task)

    def _fits(self, task: Task) -> bool:
        busy = [child.task.memory for child in self.children if child.task is not None]
        budget = self.engine.memory
        return budget is None or not busy or sum(busy) + task.memory <= budget

    def _heard(self, child: Child, event: dict[str, object] | None) -> Finished | None:
        """What a worker said (None: it has gone) as a task that came back, if one did."""
        if event is None:
            return self._gone(child)
        kind = event.pop("event")
        if kind == "ready":
            self.died_early, child.ready = 0, True
            child.begin()
        elif kind == "item":
            child.note(Done(**event))  # pyright: ignore[reportArgumentType]  # our own words
        else:
            failure = Failure(**event) if kind == "failed" else None  # pyright: ignore[reportArgumentType]
            return child.hand_back(failure)
        return None

    def _gone(self, child: Child) -> Finished | None:
        """A worker has ended by itself, was killed by someone, or by us for hanging."""
        if child not in self.children:
            return None
        self.children.remove(child)
        reason = child.last_words()
        child.forget()
        if not child.ready:
            self.died_early += 1
            if self.died_early >= STARTS_IN_A_ROW:
                raise RunFailed(f"No worker process can be started: {reason}.")
        if child.task is None:
            return None
        return child.hand_back(child.sentence or Failure("killed", reason))

    def _kill_hung(self) -> None:
        limit = self.engine.limit_seconds
        for child in self.children:
            if limit is not None and child.sentence is None and child.seconds > limit:
                child.sentence = Failure("hung", f"was not finished within {limit:g} s")
                child.kill()
