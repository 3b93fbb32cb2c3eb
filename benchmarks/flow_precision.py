"""Work and precision of ways to solve the flow, all in one process on one thread.

    python -m benchmarks.flow_precision [--cases 64x256x0.005 …] [--seconds 150] [--redo]

Seconds are processor seconds of the one thread (see `_timing`). Errors are against the engine in
float64 at a hundredth of the tight tolerance, at the reference's end time (share of winners that
differ, largest weight error) and at λt = 0.3 (largest weight error). Polysem and the rivals of
identical steps are timed in turns, the best turn of each counts, and "measured_share" says how
much of the steps was run: extrapolating them is exact. An ODE solver is integrated to the
reference's end time or for --seconds; then its figure is a lower bound ("at_least"). The ratios
are to Polysem's time to its certified end.
"""

from __future__ import annotations

from functools import partial

from benchmarks._case import Case, Reference
from benchmarks._command import parser
from benchmarks._cost import rhs_flops
from benchmarks._machine import sgemm_rate
from benchmarks._ode import SOLVERS
from benchmarks._rows import ode_row, polysem_row, stepper_rows, whole_solves
from benchmarks._store import Found, Store
from benchmarks._table import precision_table
from benchmarks._timing import in_turns

CASES = ("64x256x0.005", "256x256x0.01", "256x1024x0.01", "256x4096x0.01", "256x4096x0.001")


def measure(case: Case, seconds: float, rounds: int = 2) -> Found:
    """All rows of one case."""
    reference = Reference.of(case)
    solves = whole_solves(case)
    steppers = stepper_rows(case, reference)
    fair = [*solves.values(), *(one.timed for one in steppers)]
    in_turns(fair, rounds)
    odes = [ode_row(solver, case, reference, seconds) for solver in SOLVERS]
    in_turns(fair, rounds)  # again, so that a quiet moment before or after serves all alike
    rows = [polysem_row(name, whole, case, reference) for name, whole in solves.items()]
    rows += [one.row(reference, seconds) for one in steppers]
    rows += odes
    add_ratios(rows)
    rate = sgemm_rate()
    for row in rows:
        row["floor_seconds"] = row["rhs"] * rhs_flops(case.n, case.m) / rate
    return {
        "case": case.name,
        "t_end": reference.t_end,
        "reference_outcome": reference.outcome,
        "sgemm_rate": rate,
        "rows": rows,
    }


def add_ratios(rows: list[Found]) -> None:
    """How many times longer than Polysem each row takes, to the end and to λt = 0.3."""
    ours = {name: next(r for r in rows if r["method"] == f"Polysem {name}") for name in _PRESETS}
    for row in rows:
        for name, own in ours.items():
            row[f"ratio_to_{name}"] = row["seconds"] / own["seconds"]
            if "seconds_midway" in row:
                ratio = row["seconds_midway"] / own["seconds_midway"]
                row[f"ratio_to_{name}_midway"] = ratio


_PRESETS = ("fast", "tight")


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--cases", nargs="+", default=CASES, help="nxmxλ")
    options.add_argument("--seconds", type=float, default=150, help="budget of a slow method")
    given = options.parse_args(arguments)
    store = Store("flow_precision", given.results, given.redo)
    for text in given.cases:
        case = Case.parse(text)
        found = store.part(case.name, partial(measure, case, given.seconds))
        print(precision_table(found), flush=True)


if __name__ == "__main__":
    main()
