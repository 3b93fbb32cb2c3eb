"""The engine that computes here: for small sweeps, debugging, and comparison with the others."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from polysem._sweep.engine import Done, Failure, Finished, Task, Work


class InProcess:
    """One task after the other in this process. A task that kills its process kills the sweep."""

    def run(self, tasks: Iterable[Task], work: Work) -> Generator[Finished, None, None]:
        """Yield every task as it is finished or has failed."""
        for task in tasks:
            yield attempt(task, work)


def attempt(task: Task, work: Work) -> Finished:
    """Do one task here; an exception becomes a failure. What any engine runs where it computes."""
    done: list[Done] = []
    try:
        done.extend(work(task))
    except Exception as error:
        return Finished(task, tuple(done), Failure.of(error))
    return Finished(task, tuple(done))
