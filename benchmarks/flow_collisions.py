"""The published collision experiment by flow: 16 widths × 16 seeds, n = 256, λ = 0.001.

    python -m benchmarks.flow_collisions [--accuracy fast] [--share 0.25] [--workers 2] [--redo]

Parts: "whole", wall time on all cores through the package's own pool, with the counts that came
out; "two cores", the same subset with one worker and with two, in turns, beside what the machine
itself gives when two processes multiply matrices at once. Both by the default accuracy; with
--accuracy fast only the whole, a part of its own. --share takes that share of the seeds
of every width (a part of its own); --n and --widths are for trying it at small size.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table
from polysem._reproduce.cells import Cell, read_cell, run_cells
from polysem._reproduce.plan import FULL, Plan

SUBSET = 1 / 8  # of the seeds, for the speed-up
ROUNDS = 2


def flow_cells(plan: Plan, accuracy: str = "tight") -> list[Cell]:
    """The flow's share of the count experiment."""
    return [
        replace(cell, settings={**cell.settings, "accuracy": accuracy})
        for cell in plan.count_cells()
        if cell.measure == "flow"
    ]


def with_share(plan: Plan, share: float) -> Plan:
    """The same plan with that share of its seeds, at least one."""
    return replace(plan, seeds=max(1, math.ceil(plan.seeds * share)))


def timed(plan: Plan, workers: int, accuracy: str = "tight") -> tuple[float, list[Found]]:
    """Wall seconds of the experiment from nothing, start of the workers included; census rows."""
    cells = flow_cells(plan, accuracy)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run_cells(cells, Path(folder), workers, None)
        seconds = time.perf_counter() - began
        rows = [row for cell in cells for row in read_cell(cell, Path(folder)).rows]
    return seconds, rows


def whole(plan: Plan, workers: int, accuracy: str = "tight") -> Found:
    """The experiment on all cores, and what it found."""
    seconds, rows = timed(plan, workers, accuracy)
    counts = {m: [row["polysemantic"] for row in rows if row["m"] == m] for m in plan.widths}
    return {
        "n": plan.n,
        "widths": list(plan.widths),
        "seeds": plan.seeds,
        "workers": workers,
        "accuracy": accuracy,
        "seconds": seconds,
        "outcomes": dict(Counter(row["outcome"] for row in rows)),
        "mean_polysemantic": {str(m): float(np.mean(count)) for m, count in counts.items()},
    }


def two_cores(plan: Plan) -> Found:
    """One worker against two on the same work; the shortest of two turns each."""
    best = {1: math.inf, 2: math.inf}
    for _ in range(ROUNDS):
        for workers in best:
            best[workers] = min(best[workers], timed(plan, workers)[0])
    return {
        "seeds": plan.seeds,
        "one_worker_seconds": best[1],
        "two_workers_seconds": best[2],
        "speed_up": best[1] / best[2],
        "machine_speed_up": machine_speed_up(),
    }


PRODUCTS = "from benchmarks._machine import sgemm_rate; print(sgemm_rate(40))"


def machine_speed_up() -> float:
    """Rate of two processes that multiply matrices at once, over that of one alone."""
    alone = sum(_rates(1))
    return sum(_rates(2)) / alone


def _rates(count: int) -> list[float]:
    command = [sys.executable, "-c", PRODUCTS]
    root = Path(__file__).parents[1]
    running = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) for _ in range(count)]
    return [float(one.communicate()[0]) for one in running]


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--accuracy", choices=("tight", "fast"), default="tight")
    options.add_argument("--share", type=float, default=1.0, help="of the seeds, in (0, 1]")
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options.add_argument("--n", type=int, default=FULL.n)
    options.add_argument("--widths", type=int, nargs="+", default=FULL.widths)
    given = options.parse_args(arguments)
    store = Store("flow_collisions", given.results, given.redo)
    plan = replace(FULL, n=given.n, widths=tuple(given.widths))
    some = with_share(plan, given.share)
    key = "whole" if some == FULL else f"n={some.n}, {len(some.widths)} widths, {some.seeds} seeds"
    named = key if given.accuracy == "tight" else f"{key}, {given.accuracy}"
    found = store.part(named, partial(whole, some, given.workers, given.accuracy))
    print(flat_table("Collision experiment", [{k: found[k] for k in SHOWN}]))
    if given.accuracy == "tight" and (os.cpu_count() or 1) >= 2:
        subset = with_share(plan, min(SUBSET, given.share))
        found = store.part(f"two cores, {key}", partial(two_cores, subset))
        print(flat_table("One worker against two", [found]))


SHOWN = ("n", "seeds", "workers", "seconds")

if __name__ == "__main__":
    main()
