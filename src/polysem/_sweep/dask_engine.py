"""The engine that computes on the workers of a Dask scheduler, wherever they are.

Tasks are handed out as threads of Dask workers are free, somewhat ahead so that none waits for
us. Results do not travel: workers write the parts, so the folder must be on a file system that all
machines share. Only import this where Dask was asked for.
"""

from __future__ import annotations

import queue
import sys
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from polysem._errors import RunFailed, one_line
from polysem._sweep.dask_places import Place
from polysem._sweep.dask_seat import Order, dismiss, do, finished_of
from polysem._sweep.engine import Failure, Finished, Task, Work
from polysem._sweep.worker import name_of

AHEAD = 1.5  # tasks per thread: the next is there when one ends
LOOK_SECONDS = 1.0  # between counts of the threads
REMARK_SECONDS = 30.0  # without any worker, until we say so
CLOSE_SECONDS = 10.0


class DaskEngine:
    """`with DaskEngine(place_of("local:4")) as engine:`; connects when the first task comes.

    A cell that dies, hangs beyond `limit_seconds` or runs out of memory comes back as from
    `LocalProcesses`. A Dask worker that is lost (its machine fails, its job ends) is Dask's to
    answer: it hands the tasks to others, and gives one up when it has lost `allowed-failures`
    workers (Dask's setting, usually 3) with it; that comes back as one failure.
    """

    def __init__(self, place: Place, limit_seconds: float | None = None) -> None:
        self.place, self.limit_seconds = place, limit_seconds
        self.name = f"polysem-{uuid.uuid4().hex[:12]}"
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is None:
            return
        try:
            self._dismiss()
            with suppress(Exception):  # a scheduler that has gone cannot be told goodbye
                self._client.close(timeout=CLOSE_SECONDS)
        finally:  # a second Ctrl-C may come at any moment
            self.place.close()
            self._client = None

    def run(self, tasks: Iterable[Task], work: Work) -> Generator[Finished, None, None]:
        """Yield every task as it is finished or has failed. Raises `RunFailed` if the scheduler
        does not answer or is lost, or a worker cannot take part in this sweep."""
        if self._client is None:
            self._client = self.place.open()
        hand = Hand(self, self._client, iter(tasks), name_of(work))
        try:
            yield from hand.finished()
        finally:
            if hand.given:
                hand.cancel()
                self._dismiss()

    def _dismiss(self) -> None:
        """End the processes of this sweep on all workers."""
        with suppress(Exception):  # workers that have gone have no processes left
            self._client.run(dismiss, self.name, on_error="ignore")


class Hand:
    """The tasks of one `run` that Dask has, and what it said of them."""

    def __init__(self, engine: DaskEngine, client: Any, tasks: Iterator[Task], work: str) -> None:
        self.engine, self.client, self.tasks, self.work = engine, client, tasks, work
        self.given: dict[str, tuple[Any, Task]] = {}
        self._inbox: queue.Queue[str] = queue.Queue()
        self._threads, self._looked = 0, 0.0
        self._without_since: float | None = time.monotonic()

    def finished(self) -> Iterator[Finished]:
        """Hand out tasks and yield those that came back, until there are no more."""
        self._hand_out()
        while self.given:
            with suppress(queue.Empty):
                yield self._heard(self._inbox.get(timeout=LOOK_SECONDS))
            if self.client.status != "running":
                raise self._lost()
            self._hand_out()

    def cancel(self) -> None:
        """Take back whatever has not come back."""
        with suppress(Exception):  # a scheduler that has gone has nothing to give back
            self.client.cancel([future for future, _ in self.given.values()], force=True)
        self.given.clear()

    def _hand_out(self) -> None:
        while len(self.given) < max(1, int(AHEAD * self._count_threads())):
            task = next(self.tasks, None)
            if task is None:
                return
            key = f"{self.engine.name}-{uuid.uuid4().hex}"
            future = self.client.submit(do, self._order(task), key=key, pure=False, retries=0)
            self.given[key] = (future, task)
            future.add_done_callback(lambda future: self._inbox.put(future.key))

    def _order(self, task: Task) -> Order:
        there = replace(task, folder=str(Path(task.folder).absolute()))
        return Order(there.to_json(), self.work, self.engine.name, self.engine.limit_seconds)

    def _heard(self, key: str) -> Finished:
        """What became of a task."""
        from distributed import KilledWorker

        future, task = self.given.pop(key)
        if future.status in ("cancelled", "lost"):
            raise self._lost()
        try:
            return finished_of(task, future.result())
        except KilledWorker as error:
            lost = error.allowed_failures + 1
            reason = f"{lost} Dask workers were lost while they had it"
            return Finished(task, (), Failure("killed", reason))
        except Exception as error:
            return Finished(task, (), Failure.of(error))

    def _count_threads(self) -> int:
        """Threads of all workers, asked for now and then; remarks on it if there are none."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return self._threads
        try:
            self._threads = sum(self.client.nthreads().values())
        except (OSError, TimeoutError):
            raise self._lost() from None
        self._looked = time.monotonic()
        if self._threads:
            self._without_since = None
        elif self._without_since is None:
            self._without_since = now
        elif now - self._without_since > REMARK_SECONDS:
            self._without_since = float("inf")
            print(one_line(self.engine.place.waiting), file=sys.stderr, flush=True)
        return self._threads

    def _lost(self) -> RunFailed:
        return RunFailed(
            f"The Dask scheduler of {self.engine.place.name} does not answer any more; what is "
            "finished is kept: run the same sweep again."
        )
