"""`polysem.sweep`: every cell of a grid, computed once, kept whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from polysem._storage.files import check_out, prepare_out
from polysem._sweep.cells import cells_of
from polysem._sweep.devices import check_devices
from polysem._sweep.engine import Engine
from polysem._sweep.forecast import Forecast, forecast
from polysem._sweep.grid import Grid, read_grid
from polysem._sweep.lock import locked
from polysem._sweep.loggers import SweepLogger, loggers_of
from polysem._sweep.machine import cores_there, memory_there
from polysem._sweep.plan import check_memory
from polysem._sweep.results import Sweep, load_sweep
from polysem._sweep.session import Asked, bring_up_to_date, look
from polysem._sweep.store import Store
from polysem._sweep.tally import Tally
from polysem._sweep.watching import Watching

GridSource = Grid | Mapping[str, Any] | str | Path


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
    cluster: str | None = None,
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
    cluster: str | None = None,
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
    cluster: str | None = None,
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
    objects with on_start, on_row, on_end. `cluster` — compute on Dask: "tcp://HOST:PORT" of a
    scheduler, "local:4", "slurm" or "slurm:FILE" (docs/sweeps.md). `engine` — where to compute,
    instead of `workers` and `cluster`. `progress` is called with a `Tally` after each task.

    The same cells give the same numbers on every engine. Failed cells are in `failures` of the
    result; they raise nothing. Raises `BadInput` before anything is computed, `RunFailed` if the
    folder can no longer be written. On Ctrl-C what is under way is finished, a second one stops
    at once; then KeyboardInterrupt goes on. Whatever is finished is kept in all these cases.
    """
    asked = Asked(workers, limit_seconds, retries, retry_failed, weights, cluster)
    asked.check(engine)
    wanted = read_grid(grid)
    cells = cells_of(wanted)
    memory = None if asked.elsewhere else memory_there()
    check_memory(cells, memory)
    folder = _checked_folder(Path(out))
    if engine is None and not asked.elsewhere:
        check_devices(cells, lambda: look(Store(folder), cells, asked)[0])
    if dry_run:
        missing, skipped = look(Store(folder), cells, asked)
        return forecast(
            cells, missing, workers=asked.at_once() or cores_there(), memory=memory,
            weights=weights, failed=len(skipped),
        )  # fmt: skip
    loggers = loggers_of(log, folder)
    prepare_out(folder)
    with locked(folder), asked.on_cluster(engine) as engine:
        watching = Watching(Store(folder), wanted, cells, loggers, progress)
        bring_up_to_date(Store(folder), wanted, cells, asked, engine, watching)
    return load_sweep(folder)


def _checked_folder(folder: Path) -> Path:
    """The folder, if it is new, empty, or one of a sweep that this Polysem can read."""
    if (folder / "spec.json").is_file():
        Store(folder).manifest()
        check_out(folder, resume=True)
    else:
        check_out(folder)
    return folder
