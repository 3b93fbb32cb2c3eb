"""Computing and storing the items of a task, wherever an engine put it."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from polysem._run.folder import run_of_parts
from polysem._run.parts import LAYERS, make_part
from polysem._run.run import Run
from polysem._sweep.cells import spec_of
from polysem._sweep.engine import Done, Item, Task
from polysem._sweep.rows import THREADS, Made, table_of, trajectories_of
from polysem._sweep.sealed import write_sealed, write_sealed_weights
from polysem._sweep.store import PARTS, TRAJECTORIES, WEIGHTS, Store

TINY = {
    "simulate": {"network": {"n": 2, "m": 4}, "flow": {"max_steps": 2}},
    "train": {"network": {"n": 2, "m": 4}, "train": {"steps": 2, "device": "cpu"}},
}


def work(task: Task) -> Iterator[Done]:
    """Compute every item of `task` and store it; yield after each. Its part is written last, so
    that where it is, everything of the item is.

    Raises `StorageLost` if the folder can no longer be written, and whatever the solver raises.
    """
    store = Store(Path(task.folder))
    with threadpool_limits(limits=THREADS):
        for item in task.items:
            began = time.perf_counter()
            compute(item, store, weights=task.weights)
            yield Done(item.name, time.perf_counter() - began, worker_name(), memory_now())


def prepare(task: Task) -> None:
    """Load what computing `task` will need, by doing something tiny of the same kind, once."""
    _prepare(json.loads(task.items[0].text)["verb"])


@cache
def _prepare(verb: str) -> None:
    import pyarrow.parquet  # noqa: F401

    text = json.dumps({"verb": verb, **TINY[verb]})
    run, device = solved(spec_of(text, 0, 1))
    table_of(run, "", text, Made(datetime.now(UTC), 0.0, device))


def compute(item: Item, store: Store, *, weights: bool) -> None:
    """Solve one block of seeds and write what is kept of it."""
    started, began = datetime.now(UTC), time.perf_counter()
    run, device = solved(spec_of(item.text, item.first, item.count))
    if weights:
        _write_weights(run, store.path(WEIGHTS, item.name))
    over_time = trajectories_of(run, item.cell)
    if over_time is not None:
        write_sealed(store.path(TRAJECTORIES, item.name), over_time)
    made = Made(started, time.perf_counter() - began, device)
    write_sealed(store.path(PARTS, item.name), table_of(run, item.cell, item.text, made))


def solved(spec: Any) -> tuple[Run, str]:
    """Every seed of a specification solved on one core: the run, and on which device."""
    if spec.verb == "simulate":
        from polysem._flow.face import solve_each

        each, device = solve_each(spec, workers=1), str(getattr(spec.flow, "device", "cpu"))
    else:
        from polysem._train.each import train_each
        from polysem._train.train import check_training

        each, device = train_each(spec, workers=1), str(check_training(spec.train))
    parts = {}
    for index, solution in each:
        seed = spec.seed + index
        parts[seed] = make_part(spec.network.start(seed), solution)
    return run_of_parts(spec, parts, "the cell"), device


def _write_weights(run: Run, path: Path) -> None:
    arrays = {"start": np.ascontiguousarray(run.start), "end": np.ascontiguousarray(run.end)}
    if run.trajectories and LAYERS in run.trajectories[0]:
        arrays[LAYERS] = np.stack([kept[LAYERS] for kept in run.trajectories])
    write_sealed_weights(path, arrays, {"seeds": ",".join(map(str, run.seeds))})


def worker_name() -> str:
    """This process, told apart from all others."""
    return f"{platform.node()}:{os.getpid()}"


def memory_now() -> int:
    """Bytes that this process holds (at most held, where the system does not tell more)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
