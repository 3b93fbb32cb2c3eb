"""`polysem.sweep`: every cell of a grid, computed once, kept whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, overload

from polysem._errors import BadInput
from polysem._storage.files import check_out, prepare_out
from polysem._sweep.cells import Cell, cells_of
from polysem._sweep.compact import compact_where_it_pays, drop_doubles
from polysem._sweep.engine import Engine, Item
from polysem._sweep.fields import fields_of
from polysem._sweep.forecast import Forecast, forecast
from polysem._sweep.grid import Grid, read_grid
from polysem._sweep.in_process import InProcess
from polysem._sweep.interrupts import Interrupts
from polysem._sweep.local_processes import LocalProcesses
from polysem._sweep.lock import locked
from polysem._sweep.loggers import SweepLogger, loggers_of
from polysem._sweep.machine import cores_there, memory_there
from polysem._sweep.plan import Missing, check_memory, missing_items
from polysem._sweep.points import Points
from polysem._sweep.results import Sweep, load_sweep
from polysem._sweep.runner import Runner
from polysem._sweep.store import PARTS, TRAJECTORIES, Coverage, Store
from polysem._sweep.tally import Tally
from polysem._sweep.watching import Watching
from polysem._sweep.work import work

GridSource = Grid | Mapping[str, Any] | str | Path
MEMORY_SHARE = 0.9  # of the machine's that the tasks under way may need together
POOL_PAYS_SECONDS = 4.0  # expected work that repays starting worker processes


@dataclass(frozen=True)
class Asked:
    """How to run a sweep; what the keywords of `sweep` say."""

    workers: int | None
    limit_seconds: float | None
    retries: int
    retry_failed: bool
    weights: bool

    def engine(self, missing: Sequence[Missing]) -> Engine:
        """The engine for this work: worker processes, unless they cost more than they save."""
        seconds = sum(entry.seconds for entry in missing)
        little = self.workers is None and self.limit_seconds is None
        if self.workers == 0 or (little and seconds < POOL_PAYS_SECONDS):
            return InProcess()
        there = memory_there()
        budget = None if there is None else int(MEMORY_SHARE * there)
        return LocalProcesses(self.workers or cores_there(), self.limit_seconds, budget)


@overload
def sweep(
    grid: GridSource,
    out: str | Path,
    *,
    dry_run: Literal[False] = False,
    workers: int | None = None,
    retry_failed: bool = False,
    limit_seconds: float | None = None,
    retries: int = 2,
    weights: bool = False,
    log: str | SweepLogger | Sequence[str | SweepLogger] | None = None,
    engine: Engine | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Sweep: ...


@overload
def sweep(
    grid: GridSource,
    out: str | Path,
    *,
    dry_run: Literal[True],
    workers: int | None = None,
    retry_failed: bool = False,
    limit_seconds: float | None = None,
    retries: int = 2,
    weights: bool = False,
    log: str | SweepLogger | Sequence[str | SweepLogger] | None = None,
    engine: Engine | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Forecast: ...


def sweep(
    grid: GridSource,
    out: str | Path,
    *,
    dry_run: bool = False,
    workers: int | None = None,
    retry_failed: bool = False,
    limit_seconds: float | None = None,
    retries: int = 2,
    weights: bool = False,
    log: str | SweepLogger | Sequence[str | SweepLogger] | None = None,
    engine: Engine | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Sweep | Forecast:
    """Compute every cell of `grid` that the folder `out` does not hold yet, and load the folder.

    `grid` — a .yaml or .json file or a mapping: base, axes, zip, exclude, seeds (docs/sweeps.md).
    `dry_run` — compute nothing; give the number of cells, the estimated time and memory.
    `workers` — processes, by default one per core; 0 computes in this one. `limit_seconds` — of
    one part of a cell, after which its worker is replaced. `retries` — how often a failed cell is
    tried again before it is recorded as failed; `retry_failed` takes up those recorded before.
    `weights` — also keep start and end weights. `log` — "tensorboard", "wandb", "mlflow" or
    objects with on_start, on_row, on_end. `engine` — where to compute, instead of `workers`.
    `progress` is called with a `Tally` after each task.

    The same cells give the same numbers on every engine. Failed cells are in `failures` of the
    result; they raise nothing. Raises `BadInput` before anything is computed, `RunFailed` if the
    folder can no longer be written. On Ctrl-C what is under way is finished, a second one stops
    at once; then KeyboardInterrupt goes on. Whatever is finished is kept in all these cases.
    """
    asked = Asked(workers, limit_seconds, retries, retry_failed, weights)
    _check(asked, engine)
    wanted = read_grid(grid)
    cells = cells_of(wanted)
    memory = memory_there()
    check_memory(cells, memory)
    folder = _checked_folder(Path(out))
    if dry_run:
        missing, skipped = _look(Store(folder), cells, asked)
        return forecast(
            cells, missing, workers=workers or cores_there(), memory=memory,
            weights=weights, failed=len(skipped),
        )  # fmt: skip
    loggers = loggers_of(log, folder)
    prepare_out(folder)
    with locked(folder):
        watching = Watching(Store(folder), wanted, cells, loggers, progress)
        _run(Store(folder), wanted, cells, asked, engine, watching)
    return load_sweep(folder)


def _run(
    store: Store,
    grid: Grid,
    cells: list[Cell],
    asked: Asked,
    engine: Engine | None,
    watching: Watching,
) -> None:
    """Bring the folder up to date; it is locked."""
    store.prepare(_manifest(store, grid))
    for kind in (PARTS, TRAJECTORIES):
        drop_doubles(store, kind)
    _repair(store)
    if asked.retry_failed:
        store.forget_failures({cell.id for cell in cells})
    missing, skipped = _look(store, cells, asked)
    tally = watching.begin(missing, skipped)
    try:
        with Interrupts(_say) as interrupts:
            Runner(
                store, engine or asked.engine(missing), work, interrupts, tally,
                watching, asked.retries, asked.weights,
            ).run(missing)  # fmt: skip
            compact_where_it_pays(store)
    finally:
        watching.end()


def _look(store: Store, cells: list[Cell], asked: Asked) -> tuple[list[Missing], list[Item]]:
    """What is missing in a folder, and what is left out because it failed before."""
    parts = store.coverage()
    over_time = store.coverage(TRAJECTORIES) if any(cell.over_time for cell in cells) else None
    weighed = store.with_weights() if asked.weights else None

    def held(cell: Cell) -> set[int]:
        seeds = parts.seeds(cell.id)
        if over_time is not None and cell.over_time:
            seeds &= over_time.seeds(cell.id)
        return seeds if weighed is None else seeds & weighed.seeds(cell.id)

    failed = [] if asked.retry_failed else list(store.failures())
    known = {cell.id for cell in cells}
    skipped = [
        Item(facts["cell"], "", facts["first"], facts["count"])
        for facts in failed
        if facts["cell"] in known
    ]
    return missing_items(cells, held, skipped), skipped


def _repair(store: Store) -> None:
    """Set broken parts aside, naming them, so that their cells are computed anew."""
    for kind in (PARTS, TRAJECTORIES):
        found: Coverage = store.coverage(kind)
        for name, how in found.damaged:
            _say(f"The part {kind}/{name} is damaged ({how}); its cells are computed anew.")
        if found.damaged:
            store.set_aside(kind, [name for name, _ in found.damaged])


def _manifest(store: Store, grid: Grid) -> dict[str, Any]:
    """What spec.json says: the grid, the grids before it, the columns of the axes."""
    fields = fields_of(grid.verb)
    points = Points(grid, {}, fields)
    axes = [
        column
        for axis in points.paths
        for path, column in fields.columns.items()
        if path == axis or path.startswith(f"{axis}.")
    ]
    now = grid.model_dump(mode="json")
    earlier: list[Any] = []
    if (store.folder / "spec.json").is_file():
        before = store.manifest()
        earlier = [old for old in (*before.get("earlier", ()), before["grid"]) if old != now]
        axes += [axis for axis in before.get("axes", ()) if axis not in axes]
    return {"grid": now, "axes": axes, "earlier": earlier}


def _checked_folder(folder: Path) -> Path:
    """The folder, if it is new, empty, or one of a sweep that this Polysem can read."""
    if (folder / "spec.json").is_file():
        Store(folder).manifest()
        check_out(folder, resume=True)
    else:
        check_out(folder)
    return folder


def _check(asked: Asked, engine: Engine | None) -> None:
    if asked.workers is not None and asked.workers < 0:
        raise BadInput(f"workers = {asked.workers} is not allowed; 0 computes in this process.")
    if asked.retries < 0:
        raise BadInput(f"retries = {asked.retries} is not allowed; 0 or more are needed.")
    if asked.limit_seconds is not None:
        if not asked.limit_seconds > 0:
            raise BadInput(
                f"limit_seconds = {asked.limit_seconds} is not allowed; use more than 0."
            )
        if asked.workers == 0 and engine is None:
            raise BadInput("limit_seconds needs worker processes; use workers of at least 1.")


def _say(sentence: str) -> None:
    """A remark for people."""
    print(sentence, file=sys.stderr, flush=True)
