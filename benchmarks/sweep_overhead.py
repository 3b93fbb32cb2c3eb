"""What a sweep costs beside its cells. Run alone on an idle machine.

    python -m benchmarks.sweep_overhead [--quick] [--redo]

Overhead of an empty cell in this process, with one worker process and on Dask (ms); planning
100,000 tiny cells and resuming when nothing is to be done (s, MiB); reading 10,000 parts, as a
sweep leaves them and joined (s); speed-up of two workers over one for cells of about a second.
Wall-clock figures; `cpu` is what the process itself used. --quick runs a tenth of everything and
stores nothing.

An empty cell computes nothing: its rows are made beforehand, but it is planned, handed out,
sealed, brought to the disk, renamed and noted like any other.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import polysem
from benchmarks._command import parser
from benchmarks._store import Found
from benchmarks._store import Store as Results
from polysem._sweep.cells import cells_of, spec_of
from polysem._sweep.compact import LOOSE, compact, compact_where_it_pays
from polysem._sweep.engine import Done, Engine, Item, Task
from polysem._sweep.grid import read_grid
from polysem._sweep.in_process import InProcess
from polysem._sweep.interrupts import Interrupts
from polysem._sweep.local_processes import LocalProcesses
from polysem._sweep.plan import missing_items
from polysem._sweep.results import load_sweep
from polysem._sweep.rows import Made, table_of
from polysem._sweep.runner import Runner
from polysem._sweep.sealed import read_sealed, write_sealed
from polysem._sweep.store import MANY, PARTS, Store
from polysem._sweep.tally import Tally
from polysem._sweep.work import solved

MADE_AT = "2024-01-01T00:00:00+00:00"


def tiny(cells: int) -> dict[str, Any]:
    """So many cells of next to no work."""
    return {
        "base": {"n": 2, "m": 4, "max_steps": 1},
        "axes": {"l1": {"linear": [0.001, 1.0, cells]}},
    }


@cache
def blank_table() -> Any:
    """The table of one tiny cell."""
    from datetime import datetime

    (cell,) = cells_of(read_grid({"base": {"n": 2, "m": 4}}))
    run, device = solved(spec_of(cell.text, 0, 1))
    return table_of(run, "", cell.text, Made(datetime.fromisoformat(MADE_AT), 0.0, device))


def rows_of(item: Item) -> Any:
    """The table of a cell that was not computed."""
    import pyarrow as pa

    table = blank_table()
    at = table.column_names.index("cell")
    return table.set_column(at, "cell", pa.array([item.cell]))


def empty(task: Task) -> Iterator[Done]:
    """Store rows without computing any."""
    store = Store(Path(task.folder))
    for item in task.items:
        write_sealed(store.path(PARTS, item.name), rows_of(item))
        yield Done(item.name, 0.0)


def prepare(task: Task) -> None:
    blank_table()


def run_empty(folder: Path, cells: int, engine: Engine) -> dict[str, float]:
    """Milliseconds per empty cell, from the grid to the last joined part; `cpu` — of this
    process, which other load on the machine changes less."""
    folder.mkdir(parents=True)
    store = Store(folder)
    import_module("benchmarks.sweep_overhead").blank_table()
    began, cpu = time.perf_counter(), time.process_time()
    grid = read_grid(tiny(cells))
    planned = cells_of(grid)
    store.prepare({"grid": grid.model_dump(mode="json"), "axes": ["l1"]})
    there = store.coverage()
    missing = missing_items(planned, lambda cell: there.seeds(cell.id))
    tally = Tally(cells, cells)
    work = import_module("benchmarks.sweep_overhead").empty  # by a name that a worker finds
    with Interrupts(print) as interrupts:
        Runner(store, engine, work, interrupts, tally, lambda *_: None).run(missing)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {"ms": round(1000 * wall / cells, 2), "cpu_ms": round(1000 * cpu / cells, 2)}


def run_empty_on_dask(folder: Path, cells: int) -> dict[str, float] | None:
    """The same on a scheduler and a Dask worker of this machine, both there already and warm;
    None if Dask is not installed."""
    if find_spec("distributed") is None:
        return None
    from polysem._sweep.dask_engine import DaskEngine
    from polysem._sweep.dask_places import place_of

    with DaskEngine(place_of("local:1")) as engine:
        run_empty(folder / "warm", 2, engine)
        return run_empty(folder / "timed", cells, engine)


def resume(folder: Path, cells: int) -> dict[str, float]:
    """Plan and resume a finished sweep in a fresh process, nothing to do."""
    code = (
        "import json, resource, sys, time; began = time.perf_counter(); import polysem;"
        "found = polysem.sweep(json.loads(sys.argv[1]), sys.argv[2], workers=2);"
        "kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "took = [time.perf_counter() - began, time.process_time()];"
        "print(json.dumps([len(found), *took, kib / 1024]))"
    )
    arguments = [sys.executable, "-c", code, json.dumps(tiny(cells)), str(folder)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    rows, seconds, cpu, mib = json.loads(done.stdout)
    assert rows == cells
    return {"seconds": round(seconds, 2), "cpu": round(cpu, 2), "MiB": round(mib)}


def finished(folder: Path, cells: int) -> None:
    """A finished sweep of tiny cells, made in one piece: many tables, joined."""
    import pyarrow as pa

    folder.mkdir()
    store = Store(folder)
    grid = read_grid(tiny(cells))
    store.prepare({"grid": grid.model_dump(mode="json"), "axes": ["l1"]})
    planned = cells_of(grid)
    for first in range(0, cells, 20_000):
        some = planned[first : first + 20_000]
        tables = [blank_table().slice(0, 1)] * len(some)
        joined = pa.concat_tables(tables).combine_chunks()
        at = joined.column_names.index("cell")
        joined = joined.set_column(at, "cell", pa.array([cell.id for cell in some]))
        write_sealed(store.path(PARTS, f"many-{first:016x}"), joined, small=False)


def reading(folder: Path, parts: int) -> dict[str, float]:
    """Seconds to load a sweep of so many parts, or somewhat more, as it leaves them at the worst
    moment (one more loose part and they are joined), and when all are joined; and what a loose
    part costs, ms to read and to join."""
    parts += (LOOSE - 1 - parts) % LOOSE
    folder.mkdir()
    store = Store(folder)
    grid = read_grid(tiny(parts))
    store.prepare({"grid": grid.model_dump(mode="json"), "axes": ["l1"]})
    for cell in cells_of(grid):
        item = Item(cell.id, cell.text, 0, 1)
        write_sealed(store.path(PARTS, item.name), rows_of(item))
        compact_where_it_pays(store)
    as_left = timed(lambda: load_sweep(folder))
    loose = [name for name in store.listing(PARTS) if not name.startswith(MANY)]
    reading_loose = timed(lambda: [read_sealed(store.path(PARTS, name)) for name in loose])
    joining = timed(lambda: compact(store, PARTS, loose))
    compact(store, PARTS, store.listing(PARTS))
    joined = timed(lambda: load_sweep(folder))
    assert len(load_sweep(folder)) == parts
    return {
        "parts": parts,
        "as_left": as_left,
        "loose": len(loose),
        "loose_part_ms": round(1000 * reading_loose / len(loose), 2),
        "joining_part_ms": round(1000 * joining / len(loose), 2),
        "joined": joined,
    }


def speed_up(folder: Path, cells: int) -> dict[str, float]:
    """Two workers against one, cells of about a second, starting workers included and not."""
    base = {"n": 192, "m": 384}
    grid = {"base": base, "axes": {"l1": {"geometric": [0.002, 0.004, cells]}}}
    took = {}
    for workers in (1, 2):
        out = folder / str(workers)
        began = time.perf_counter()
        found = polysem.sweep(grid, out, workers=workers)
        whole = time.perf_counter() - began
        spent = found.table["block_seconds"].to_pylist()
        took[workers] = whole
        took[f"cell_{workers}"] = sum(spent) / len(spent)
    return {
        "cells": cells,
        "cell_seconds_one_worker": round(took["cell_1"], 3),
        "cell_seconds_two_workers": round(took["cell_2"], 3),
        "speed_up": round(took[1] / took[2], 3),
    }


def timed(act: Any) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 3)


def resumed(folder: Path, cells: int) -> Found:
    """A finished sweep, resumed."""
    finished(folder, cells)
    return {"cells": cells, **resume(folder, cells)}


def parts(here: Path, scale: int) -> dict[str, Callable[[], Found | None]]:
    """What is measured, by name, each in a folder of its own."""
    many = 2000 // scale
    return {
        "in process": lambda: run_empty(here / "in", many, InProcess()),
        "one worker": lambda: run_empty(here / "one", many, LocalProcesses(1)),
        "dask": lambda: run_empty_on_dask(here / "dask", many),
        "resume": lambda: resumed(here / "finished", 100_000 // scale),
        "reading": lambda: reading(here / "parts", 10_000 // scale),
        "two workers": lambda: speed_up(here / "two", 30 // scale),
    }


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--quick", action="store_true", help="a tenth of everything, not stored")
    given = options.parse_args(arguments)
    results = None if given.quick else Results("sweep_overhead", given.results, given.redo)
    with tempfile.TemporaryDirectory() as scratch:
        for name, measure in parts(Path(scratch), 10 if given.quick else 1).items():
            if name == "dask" and find_spec("distributed") is None:
                continue
            found = measure() if results is None else results.part(name, cast(Any, measure))
            print(json.dumps({name: found}))


if __name__ == "__main__":
    main()
