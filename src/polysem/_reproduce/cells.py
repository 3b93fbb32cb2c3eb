"""The work of a reproduction in cells: one cell is one file, and a file that exists is whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._flow.workers import spread
from polysem._reproduce.measure import MEASURES
from polysem._storage.files import whole_file
from polysem._storage.weights import read_arrays

RESULTS = 1  # raise when a change of code changes what cells hold
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
    cells: Sequence[Cell], folder: Path, workers: int | None, progress: CellProgress | None
) -> None:
    """Compute every cell that `folder` does not hold yet, the most costly first."""
    folder.mkdir(parents=True, exist_ok=True)
    unique = {cell.id: cell for cell in cells}
    missing = [cell for cell in unique.values() if not is_whole(cell, folder)]
    missing.sort(key=lambda cell: -cell.cost)
    total = sum(cell.cost for cell in unique.values())
    done = total - sum(cell.cost for cell in missing)
    for cell in _finished(missing, folder, workers or os.cpu_count() or 1):
        done += cell.cost
        if progress is not None:
            progress(done, total, cell.name)


def _finished(cells: list[Cell], folder: Path, workers: int) -> Iterator[Cell]:
    """Yield cells as worker processes finish them; an interruption ends the processes."""
    workers = min(workers, len(cells))
    if not cells:
        return
    for cell, _ in spread(compute_cell, cells, lambda cell: (cell, folder), workers):
        yield cell


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
