"""Seeds spread over worker processes, one BLAS thread each."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from polysem._errors import RunFailed
from polysem._flow.spec import SimulateSpec
from polysem._flow.stepper import SeedSolution
from polysem._types import Weights

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_SECONDS = 0.2  # how long Ctrl-C may wait to be seen
IDLE_SECONDS = 30  # after which a worker ends, also one whose parent was killed
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}


def solve_in_processes(
    spec: SimulateSpec, indices: list[int], starts: Weights | None, workers: int
) -> Iterator[tuple[int, SeedSolution]]:
    """Yield (index, solution) as seeds are finished by `workers` processes."""
    text = spec.canonical_json()

    def task(index: int) -> tuple[str, int, Weights | None]:
        return text, index, None if starts is None else starts[index]

    yield from spread(_solve, indices, task, workers)


def spread(
    work: Callable[..., Result],
    items: Sequence[Item],
    task: Callable[[Item], tuple[Any, ...]],
    workers: int,
) -> Iterator[tuple[Item, Result]]:
    """Yield (item, work(*task(item))) as `workers` processes finish them.

    Tasks are made as they are needed, at most two per worker at a time, so memory does not grow
    with the number of items. Leaving the iterator early (an interruption) ends the processes.
    Raises `RunFailed` if a worker is killed.
    """
    with interrupts_noted() as raise_if_noted:
        pool = worker_pool(workers)
        waiting = list(reversed(items))
        running: dict[Future[Result], Item] = {}
        finished = False
        try:
            while waiting or running:
                while waiting and len(running) < 2 * workers:
                    item = waiting.pop()
                    running[pool.submit(work, *task(item))] = item
                done, _ = wait(running, POLL_SECONDS, FIRST_COMPLETED)
                raise_if_noted()
                for future in done:
                    yield running.pop(future), future.result()
            finished = True
        except BrokenExecutor as error:
            raise RunFailed(
                "A worker process was killed, most likely for want of memory; what was finished "
                "before is kept. Run again with fewer workers or a smaller network."
            ) from error
        finally:
            pool.shutdown(wait=True, kill_workers=not finished)


@contextmanager
def interrupts_noted() -> Iterator[Callable[[], None]]:
    """Ctrl-C is only noted meanwhile; call what is given, at a safe moment, to let it be raised.

    An exception in the middle of the pool's own bookkeeping can leave a lock taken for ever.
    """
    noted = threading.Event()

    def raise_if_noted() -> None:
        if noted.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield raise_if_noted  # signals never reach this thread
        return
    before = signal.signal(signal.SIGINT, lambda *_: noted.set())
    try:
        yield raise_if_noted
    finally:
        signal.signal(signal.SIGINT, before)


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of processes with one thread each, which leave Ctrl-C to this process."""
    from loky import ProcessPoolExecutor

    return ProcessPoolExecutor(
        workers, timeout=IDLE_SECONDS, initializer=_leave_interrupts_alone, env=ONE_THREAD
    )


def _leave_interrupts_alone() -> None:
    """Ctrl-C reaches every process of a terminal; one that dies of it can leave a lock taken."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _solve(spec_json: str, index: int, start: Weights | None) -> SeedSolution:
    """One seed, in a worker process."""
    from polysem._flow.face import solve_index

    return solve_index(SimulateSpec.model_validate_json(spec_json), index, start)
