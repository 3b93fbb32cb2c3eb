"""Seconds to the first result in a fresh process, with compiled kernels cached and without.

    python -m benchmarks.flow_cold_start [--redo]

`polysem simulate` as a user types it: process, imports, solve, census, printing. "smallest" is a
problem too small to need compiled kernels, "small" one that does. Best of three each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table

PROBLEMS = {"smallest": ("2", "4", "0.1"), "small": ("16", "64", "0.05")}
REPEATS = 3


def seconds_of(problem: tuple[str, str, str], cache: str) -> float:
    """Wall time of one `polysem simulate` whose compiled kernels are cached in `cache`."""
    n, m, l1 = problem
    command = [sys.executable, "-m", "polysem", "simulate", "--n", n, "--m", m, "--l1", l1]
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    environment.pop("POLYSEM_CHECK_SHAPES", None)
    began = time.perf_counter()
    subprocess.run([*command, "--quiet"], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def measure(problem: tuple[str, str, str]) -> Found:
    """Best seconds with an empty cache, each time a new one, and with the last one filled."""
    empty, warm = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as cache:
            empty.append(seconds_of(problem, cache))
            warm.append(seconds_of(problem, cache))
    return {
        "problem": "n={} m={} λ={}".format(*problem),
        "empty_cache_seconds": min(empty),
        "warm_cache_seconds": min(warm),
    }


def main(arguments: list[str] | None = None) -> None:
    given = parser(__doc__).parse_args(arguments)
    store = Store("flow_cold_start", given.results, given.redo)
    rows = [store.part(name, partial(measure, problem)) for name, problem in PROBLEMS.items()]
    print(flat_table("First result in a fresh process", rows))


if __name__ == "__main__":
    main()
