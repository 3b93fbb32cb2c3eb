"""The work of a reproduction in cells: one cell is one file, and a file that exists is whole.

Cells are computed by the engines of a sweep. They are no parts of one, because they hold what a
sweep's table has no room for: start·end matrices, one encoding from a given start, the authors'
own simulation.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from polysem._errors import BadInput, RunFailed
from polysem._reproduce.measure import MEASURES
from polysem._storage.files import whole_file
from polysem._storage.weights import read_arrays
from polysem._sweep.engine import Done, Engine, Item, Task
from polysem._sweep.local_processes import LocalProcesses

RETRIES = 2  # of a cell whose process dies or raises
RESULTS = 2  # raise when a change of code changes what cells hold
CellProgress = Callable[[float, float, str], None]
"""Called with (cost done, cost in all, the cell just finished)."""


@dataclass(frozen=True)
class Cell:
    """One piece of work: a measurement by name with its settings, and its cost (any unit)."""

    measure: str
    settings: Mapping[str, Any] = field(hash=False)
    cost: float = 1.0

    @property
    def id(self) -> str:
        """Hash of what is measured; the same work has the same id in every plan."""
        text = json.dumps([RESULTS, self.measure, dict(self.settings)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """All of it, for another process; `of` reads it."""
        return json.dumps([self.measure, dict(self.settings)])

    @classmethod
    def of(cls, text: str) -> Cell:
        """The cell of a `text`."""
        return cls(*json.loads(text))

    @property
    def name(self) -> str:
        """What is under way, for the progress line."""
        shown = {k: v for k, v in self.settings.items() if k in ("n", "m", "l1", "noise", "std")}
        return f"{self.measure} " + ", ".join(f"{k}={v}" for k, v in shown.items())


@dataclass(frozen=True)
class CellResult:
    """What one cell measured: rows for tables, arrays for figures."""

    rows: list[dict[str, Any]]
    arrays: dict[str, np.ndarray]


def run_cells(
    cells: Sequence[Cell],
    folder: Path,
    workers: int | None,
    progress: CellProgress | None,
    cluster: str | None = None,
) -> None:
    """Compute every cell that `folder` does not hold yet, the most costly first.

    `workers` processes of this machine, or a Dask `cluster` as for a sweep. Raises `RunFailed` for
    a cell that fails again and again; what is finished is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unique = {cell.id: cell for cell in cells}
    missing = [cell for cell in unique.values() if not is_whole(cell, folder)]
    missing.sort(key=lambda cell: -cell.cost)
    total = sum(cell.cost for cell in unique.values())
    done = total - sum(cell.cost for cell in missing)
    if not missing:
        return
    with engine_for(min(workers or os.cpu_count() or 1, len(missing)), cluster) as engine:
        for cell in _finished(missing, folder, engine):
            done += cell.cost
            if progress is not None:
                progress(done, total, cell.name)


@contextmanager
def engine_for(workers: int, cluster: str | None) -> Iterator[Engine]:
    """The engine of a sweep: processes of this machine, or a cluster."""
    if cluster is None:
        yield LocalProcesses(workers)
        return
    from polysem._sweep.dask_engine import DaskEngine
    from polysem._sweep.dask_places import place_of

    with DaskEngine(place_of(cluster)) as engine:
        yield engine


def _finished(cells: list[Cell], folder: Path, engine: Engine) -> Iterator[Cell]:
    """Yield cells as they are finished; those that fail are tried again after the others."""
    known = {cell.id: cell for cell in cells}
    todo = [_task(cell, folder) for cell in cells]
    for attempt in range(1 + RETRIES):
        again = []
        with closing(engine.run(todo, work)) as results:  # pyright: ignore[reportArgumentType]
            for finished in results:
                cell = known[finished.task.items[0].cell]
                if finished.failure is None:
                    yield cell
                elif attempt == RETRIES or finished.failure.kind == "storage":
                    raise RunFailed(
                        f"The cell {cell.name} {finished.failure.reason}; what is finished is "
                        "kept: run it again with --resume."
                    )
                else:
                    again.append(finished.task)
        todo = again


def _task(cell: Cell, folder: Path) -> Task:
    return Task((Item(cell.id, cell.text, 0, 1),), str(folder), seconds=cell.cost)


def work(task: Task) -> Iterator[Done]:
    """Measure the cells of a task and write their files, wherever an engine put it."""
    for item in task.items:
        began = time.perf_counter()
        with threadpool_limits(limits=1):
            compute_cell(Cell.of(item.text), Path(task.folder))
        yield Done(item.name, time.perf_counter() - began)


def compute_cell(cell: Cell, folder: Path) -> None:
    """Measure one cell and write its file."""
    from safetensors.numpy import save

    result = MEASURES[cell.measure](**cell.settings)
    arrays = {name: np.ascontiguousarray(values) for name, values in result[1].items()}
    arrays["cell"] = np.zeros(0, np.uint8)  # safetensors keeps metadata only beside an array
    about = {"rows": json.dumps(result[0]), "settings": json.dumps(dict(cell.settings))}
    with whole_file(_path(folder, cell)) as temporary:
        temporary.write_bytes(save(arrays, metadata=about))


def read_cell(cell: Cell, folder: Path) -> CellResult:
    """Read a finished cell. Raises `BadInput` if it is missing or damaged."""
    from safetensors import safe_open

    path = _path(folder, cell)
    arrays = read_arrays(path)
    with safe_open(path, "np") as file:
        about = file.metadata() or {}
    if "rows" not in about:
        raise BadInput(f"The cell {str(path)!r} is damaged; remove it and run with --resume.")
    return CellResult(json.loads(about["rows"]), arrays)


def is_whole(cell: Cell, folder: Path) -> bool:
    """True if the cell's file is there and can be read; a damaged one is to be computed again."""
    if not _path(folder, cell).is_file():
        return False
    try:
        read_cell(cell, folder)
    except BadInput:
        return False
    return True


def _path(folder: Path, cell: Cell) -> Path:
    return folder / f"{cell.id}.safetensors"
