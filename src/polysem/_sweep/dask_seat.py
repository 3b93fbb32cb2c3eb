"""What a Dask worker does with a task: gives it to a worker process of its own and waits.

The Dask worker itself computes nothing. A cell that is killed, hangs or runs out of memory costs
that process, not the Dask worker; its environment (one BLAS thread, limits, warming up) is that of
`LocalProcesses`, hence the same bits; and the Dask worker answers its scheduler meanwhile.
"""

from __future__ import annotations

import json
import platform
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from polysem._errors import RunFailed
from polysem._sweep.cells import RESULTS_VERSION
from polysem._sweep.engine import Done, Failure, Finished, Task
from polysem._sweep.local_processes import Crew, LocalProcesses

VISIBLE_SECONDS = 30.0  # until a new folder must be seen by the other machines
MEMORY_SHARE = 0.9  # of a Dask worker's that its tasks may need together
LOST_SECONDS = 600.0  # unused, after which a seat was left by a sweep that died


@dataclass(frozen=True)
class Order:
    """What goes to a Dask worker: a task and how to do it. `run` — which sweep asks."""

    task: str
    work: str
    run: str
    limit_seconds: float | None
    results_version: int = RESULTS_VERSION


class Seat:
    """One worker process, kept from task to task, replaced when it dies."""

    def __init__(self, order: Order) -> None:
        self._waiting: deque[Task] = deque()
        self._crew = Crew(LocalProcesses(1, order.limit_seconds), self._given(), order.work)
        self._finished = self._crew.finished()
        self.used = time.monotonic()

    def do(self, task: Task) -> Finished:
        """Compute a task. Raises `RunFailed` if no process can be started here."""
        self._waiting.append(task)
        try:
            return next(self._finished)
        finally:
            self.used = time.monotonic()

    def stop(self) -> None:
        """End the process, from another thread if need be; whoever waits for it hears of it."""
        for child in list(self._crew.children):
            child.kill()

    def _given(self) -> Iterator[Task]:
        while True:
            yield self._waiting.popleft()


class Room:
    """Memory (bytes) that the tasks of one Dask worker share; None if nobody said how much."""

    def __init__(self) -> None:
        self._taken: list[int] = []
        self._change = threading.Condition()

    def enter(self, needed: int, there: int | None) -> None:
        """Wait until `needed` fits beside the others, or there are no others."""
        with self._change:
            self._change.wait_for(
                lambda: there is None or not self._taken or sum(self._taken) + needed <= there
            )
            self._taken.append(needed)

    def leave(self, needed: int) -> None:
        """Make room."""
        with self._change:
            self._taken.remove(needed)
            self._change.notify_all()


SEATS: dict[tuple[int, str], Seat] = {}
"""(thread of the Dask worker, sweep) → its seat."""
ROOM = Room()


def do(order: Order, memory: int | None = None) -> str:
    """Compute the task of an order; JSON that `finished_of` reads. Called by Dask.

    `memory` — bytes that this Dask worker may use, if it does not know itself.
    """
    task = Task.from_json(order.task)
    there = memory_of_worker() if memory is None else memory
    refusal = _refusal(order, task, there)
    if refusal is not None:
        return _told(Finished(task, (), refusal))
    ROOM.enter(task.memory, None if there is None else int(MEMORY_SHARE * there))
    try:
        return _told(_seat(order).do(task))
    except RunFailed as error:
        SEATS.pop((threading.get_ident(), order.run), None)
        return _told(Finished(task, (), Failure("killed", f"{platform.node()}: {error}")))
    finally:
        ROOM.leave(task.memory)


def dismiss(run: str) -> None:
    """End the processes of a sweep on this Dask worker."""
    for key in [key for key in SEATS if key[1] == run]:
        SEATS.pop(key).stop()


def finished_of(task: Task, told: str) -> Finished:
    """What `do` said about a task."""
    said = json.loads(told)
    failure = None if said["failure"] is None else Failure(**said["failure"])
    return Finished(task, tuple(Done(**done) for done in said["done"]), failure)


def memory_of_worker() -> int | None:
    """Bytes that the Dask worker around this call may use; None if there is no limit."""
    from distributed import get_worker

    with suppress(ValueError, AttributeError):
        return get_worker().memory_manager.memory_limit  # pyright: ignore[reportAttributeAccessIssue]
    return None


def _told(finished: Finished) -> str:
    failure = None if finished.failure is None else asdict(finished.failure)
    return json.dumps({"done": [asdict(done) for done in finished.done], "failure": failure})


def _seat(order: Order) -> Seat:
    thread = threading.get_ident()
    for key, seat in list(SEATS.items()):
        if key[0] == thread and time.monotonic() - seat.used > LOST_SECONDS:
            SEATS.pop(key).stop()
    if (thread, order.run) not in SEATS:
        SEATS[thread, order.run] = Seat(order)
    return SEATS[thread, order.run]


def _refusal(order: Order, task: Task, there: int | None) -> Failure | None:
    """Why this Dask worker cannot do a task at all."""
    host = platform.node()
    if order.results_version != RESULTS_VERSION:
        return Failure(
            "storage",
            f"The worker on {host} has another Polysem (results version {RESULTS_VERSION}, this "
            f"one {order.results_version}); install the same everywhere.",
        )
    if not _visible(Path(task.folder)):
        return Failure(
            "storage",
            f"The worker on {host} does not see the folder {task.folder!r}; workers write the "
            "results themselves, so choose a folder on a file system that all machines share.",
        )
    if there is not None and task.memory > there:
        return Failure(
            "memory",
            f"needs about {task.memory / 2**30:.1f} GiB and the Dask worker on {host} has "
            f"{there / 2**30:.1f} GiB",
        )
    return None


def _visible(path: Path) -> bool:
    """True as soon as a folder is there; a network file system may show it late."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while not path.is_dir():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
