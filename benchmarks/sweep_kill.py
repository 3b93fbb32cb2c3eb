"""Kill a sweep again and again, resume it each time, and compare with one that nobody touched.

    python -m benchmarks.sweep_kill [--kills 50] [--seed 0] [--redo]

The sweep itself
or one of its workers is ended with SIGKILL a random moment after it has stored something new. At
the end the table has to be byte for byte that of an uninterrupted sweep in one process, timings
and provenance aside, and no temporary file may lie about. Linux (it finds workers by /proc).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import polysem
from benchmarks._command import parser
from benchmarks._store import Found, Store

RUN = """
import functools, json, sys
import polysem
from polysem._sweep import runner
runner.LOOSE = 8
runner.compact_where_it_pays = functools.partial(runner.compact_where_it_pays, least=8)
polysem.sweep(json.loads(sys.argv[1]), sys.argv[2], workers=int(sys.argv[3]), retries=10**6)
"""
PATIENCE = 120.0  # seconds without anything new


def grid_of(cells: int) -> dict[str, Any]:
    """So many cells of a few hundredths of a second."""
    return {
        "base": {"n": 12, "m": 24},
        "axes": {"l1": {"geometric": [0.01, 0.1, cells]}},
        "seeds": {"first": 7, "count": 2},
    }


def kill_over_and_over(folder: Path, grid: dict[str, Any], kills: int, seed: int) -> dict[str, int]:
    """Run the sweep into `folder` with `kills` kills; how often each kind of process was hit."""
    rng = random.Random(seed)
    hits = {"sweep": 0, "worker": 0, "starts": 0}
    process = None
    while True:
        if process is None or process.poll() is not None:
            if process is not None and process.returncode == 0:
                break
            process = _start(folder, grid, workers=rng.choice([0, 2]))
            hits["starts"] += 1
        if hits["sweep"] + hits["worker"] >= kills:
            process.wait()
            continue
        if not _something_new(folder, process):
            continue
        time.sleep(rng.uniform(0, 0.1))
        hits[_kill(process, rng)] += 1
    return hits


def _start(folder: Path, grid: dict[str, Any], workers: int) -> subprocess.Popen[bytes]:
    arguments = [json.dumps(grid), str(folder), str(workers)]
    return subprocess.Popen([sys.executable, "-c", RUN, *arguments], stderr=subprocess.DEVNULL)


def _something_new(folder: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the folder of parts has changed; False if the process ended first."""
    before, deadline = _state(folder), time.monotonic() + PATIENCE
    while process.poll() is None:
        if _state(folder) != before:
            return True
        if time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"Nothing new within {PATIENCE:g} s.")
        time.sleep(0.005)
    return False


def _state(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return sorted(os.listdir(folder / "parts"))
    return []


def _kill(process: subprocess.Popen[bytes], rng: random.Random) -> str:
    """End the sweep or one of its workers."""
    children: list[int] = []
    with suppress(OSError):
        text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        children = [int(pid) for pid in text.split()]
    if children and rng.random() < 0.4:
        with suppress(ProcessLookupError):
            os.kill(rng.choice(children), signal.SIGKILL)
        return "worker"
    process.kill()
    process.wait()
    return "sweep"


def compare(folder: Path, untouched: polysem.Sweep) -> dict[str, bool]:
    """What has to be true at the end."""
    found = polysem.load(folder)
    return {
        "same_bytes": _bytes(found) == _bytes(untouched),
        "nothing_failed": not found.failures,
        "nothing_damaged": not found.damaged and not (folder / "damaged").exists(),
        "no_litter": not list(folder.rglob("*.tmp")),
    }


def _bytes(sweep: polysem.Sweep) -> bytes:
    """The table as CSV, whose bytes say nothing of how it lay in memory."""
    import pyarrow as pa
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(sweep.without_timings(), sink)
    return sink.getvalue().to_pybytes()


def measure(kills: int, seed: int) -> Found:
    """So many kills over one sweep, and what was true at the end."""
    grid = grid_of(cells=5 * kills)
    with tempfile.TemporaryDirectory() as scratch:
        untouched = polysem.sweep(grid, Path(scratch) / "untouched", workers=0)
        began = time.perf_counter()
        hits = kill_over_and_over(Path(scratch) / "killed", grid, kills, seed)
        seconds = round(time.perf_counter() - began, 1)
        verdict = compare(Path(scratch) / "killed", untouched)
    rows = {"rows": len(untouched), "kills": hits["sweep"] + hits["worker"]}
    return {**rows, **hits, "seconds": seconds, **verdict, "sound": all(verdict.values())}


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args(arguments)
    store = Store("sweep_kill", given.results, given.redo)
    part = f"{given.kills} kills, seed {given.seed}"
    found = store.part(part, partial(measure, given.kills, given.seed))
    print(json.dumps(found))
    sys.exit(0 if found["sound"] and found["kills"] >= given.kills else 1)


if __name__ == "__main__":
    main()
