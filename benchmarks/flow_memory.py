"""Peak memory and seconds of one large solve, in a process of its own (Linux).

    python -m benchmarks.flow_memory [--case 1024x65536x0.01] [--redo]

The peak is VmHWM, the most physical memory the process ever had; "loaded" is the same before the
solve, with all libraries imported. "dense_copies" is the difference in matrices of n·m numbers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks._case import Case
from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table

BYTES = 4  # float32


def peak() -> int:
    """Most physical memory this process has had, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise SystemExit("This system does not tell the peak memory of a process (VmHWM).")


def child(case: Case) -> Found:
    """What `polysem.simulate` takes as users call it, recordings included; run in its process."""
    import polysem

    polysem.simulate(16, 64, 0.05, workers=1)  # loads and compiles
    loaded = peak()
    began = time.perf_counter()
    run = polysem.simulate(case.n, case.m, case.l1, seed=case.seed, workers=1)
    seconds = time.perf_counter() - began
    return {
        "case": case.name,
        "seconds": seconds,
        "outcome": str(run.outcomes[0]),
        "peak_gb": peak() / 1e9,
        "loaded_gb": loaded / 1e9,
        "dense_copies": (peak() - loaded) / (BYTES * case.n * case.m),
    }


def measure(case: Case) -> Found:
    """Start the child and read what it found."""
    command = [sys.executable, "-m", "benchmarks.flow_memory", "--child", "--case", case.name]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--case", default="1024x65536x0.01", help="nxmxλ")
    options.add_argument("--child", action="store_true", help="measure in this very process")
    given = options.parse_args(arguments)
    case = Case.parse(given.case)
    if given.child:
        print(json.dumps(child(case)))
        return
    store = Store("flow_memory", given.results, given.redo)
    print(flat_table("Peak memory", [store.part(case.name, partial(measure, case))]))


if __name__ == "__main__":
    main()
