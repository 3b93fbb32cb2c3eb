"""The contract between a sweep and whatever computes its tasks.

An engine is one object with `run(tasks, work)`. It takes tasks one by one as it has room for them
(so that a sweep that drains simply stops handing them out), calls `work(task)` somewhere, and
yields each task as it is finished, in any order, with what it reported or why it failed. It never
raises because a task failed. Closing the iterator ends whatever is still running.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from polysem._errors import RunFailed, one_line

Kind = Literal["raised", "memory", "killed", "hung", "storage"]


@dataclass(frozen=True, slots=True)
class Item:
    """`count` seeds from `first` on of the cell with this id and canonical text."""

    cell: str
    text: str
    first: int
    count: int

    @property
    def name(self) -> str:
        """The name under which its results are stored."""
        return f"{self.cell}_s{self.first}-{self.first + self.count - 1}"


@dataclass(frozen=True, slots=True)
class Task:
    """Items computed one after the other in one place, and what they need.

    `folder` — of the sweep. `weights` — also keep weights. `seconds` — about how long it takes.
    `memory` — bytes.
    """

    items: tuple[Item, ...]
    folder: str
    weights: bool = False
    seconds: float = 0.0
    memory: int = 0

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """The task that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        values["items"] = tuple(Item(**item) for item in values["items"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Done:
    """One item that is finished: seconds it took, the worker, and the memory that this one holds
    (bytes)."""

    name: str
    seconds: float
    worker: str = ""
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a kind, and a sentence for people."""

    kind: Kind
    reason: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """What an exception of `work` means."""
        if isinstance(error, StorageLost):
            return cls("storage", one_line(str(error)))
        if isinstance(error, MemoryError) or "not enough memory" in str(error):
            return cls("memory", one_line(f"ran out of memory: {error}"))
        return cls("raised", one_line(f"raised {type(error).__name__}: {error}")[:500])


class StorageLost(RunFailed):
    """Results can no longer be written: the sweep stops, what is finished is kept."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that came back, with its finished items, and why it stopped early if it did."""

    task: Task
    done: tuple[Done, ...]
    failure: Failure | None = None


Work = Callable[[Task], Iterator[Done]]
"""Compute and store the items of a task, yielding after each; a function at the top level of an
importable module, so that another process finds it by name."""


class Engine(Protocol):
    """Somewhere to compute tasks."""

    def run(self, tasks: Iterable[Task], work: Work) -> Iterator[Finished]:
        """Yield every task as it is finished or has failed."""
        ...
