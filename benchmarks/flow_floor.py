"""How near the engine is to its floor, and where the rest of the time goes.

    python -m benchmarks.flow_floor [--cases 256x1024x0.01 …] [--redo]

The floor is that of `_cost`, over the dense products that were really made (sparse ones are
counted and timed, and have no floor), at the rate of a float32 matrix product measured just before
and after. "share_in_products" is the part of the wall time that all products take,
forming the midpoint and listing the nonzeros for them included.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

from benchmarks._case import Case
from benchmarks._command import parser
from benchmarks._cost import force_flops, gram_flops
from benchmarks._machine import sgemm_rate
from benchmarks._store import Found, Store
from benchmarks._table import flat_table
from benchmarks.flow_precision import CASES
from polysem._flow.engine import solve as engine
from polysem._flow.engine.products import SPARSE_GRAM, Products

ACCURACIES = ("fast", "tight")
REPEATS = 3


@dataclass
class Tally:
    """Products made by one solve: number, seconds in all, and flops of the dense ones."""

    dense_grams: int = 0
    dense_forces: int = 0
    sparse_products: int = 0
    dense_seconds: float = 0.0
    sparse_seconds: float = 0.0
    dense_flops: float = 0.0

    def add(self, dense: bool, flops: float, seconds: float) -> None:
        if dense:
            self.dense_seconds += seconds
            self.dense_flops += flops
        else:
            self.sparse_products += 1
            self.sparse_seconds += seconds


class TimedProducts(Products):
    """The engine's products with a clock around each. `tally` is set before a solve begins."""

    tally: Tally

    def overlaps(self, A: Any, total: int, out: Any) -> None:
        began = time.process_time()
        super().overlaps(A, total, out)
        dense = total / A.size >= SPARSE_GRAM * self._sparse_below
        self.tally.dense_grams += dense
        self.tally.add(dense, gram_flops(A.shape[1], len(A)), time.process_time() - began)

    def force(self, A: Any, B: Any, ahead: float, K: Any, out: Any) -> None:
        began = time.process_time()
        dense = self._lists is None
        super().force(A, B, ahead, K, out)
        self.tally.dense_forces += dense
        self.tally.add(dense, force_flops(A.shape[1], len(A)), time.process_time() - began)


def tallied(case: Case, accuracy: str) -> tuple[float, int, Tally]:
    """Wall seconds, right-hand sides and products of one solve."""
    TimedProducts.tally = tally = Tally()
    with patch.object(engine, "Products", TimedProducts):
        began = time.process_time()
        solution = case.solve(accuracy=accuracy)
    return time.process_time() - began, solution.rhs_evaluations, tally


def measure(case: Case) -> Found:
    """Both accuracies of one case, the shortest of a few solves of each."""
    rate, rows = sgemm_rate(), []
    case.solve(max_steps=3)
    for accuracy in ACCURACIES:
        runs = [tallied(case, accuracy) for _ in range(REPEATS)]
        rate = max(rate, sgemm_rate())
        seconds, rhs, tally = min(runs, key=lambda run: run[0])
        rows.append({"accuracy": accuracy, **row(seconds, rhs, tally, rate)})
    return {"case": case.name, "sgemm_rate": rate, "rows": rows}


def row(seconds: float, rhs: int, tally: Tally, rate: float) -> Found:
    """Floor, gap and shares of one solve."""
    floor = tally.dense_flops / rate
    return {
        "seconds": seconds,
        "rhs": rhs,
        **asdict(tally),
        "floor_seconds": floor,
        "times_the_floor": seconds / floor if floor else None,
        "share_in_products": (tally.dense_seconds + tally.sparse_seconds) / seconds,
        "share_in_dense_products": tally.dense_seconds / seconds,
        "dense_products_of_sgemm_rate": floor / tally.dense_seconds if floor else None,
    }


SHOWN = ("accuracy", "seconds", "rhs", "dense_forces", "dense_grams", "floor_seconds")
SHOWN += ("times_the_floor", "share_in_products", "dense_products_of_sgemm_rate")


def table(found: Found) -> str:
    title = f"{found['case']}: floor = dense force 2n²m + overlaps n²m flops at "
    rows = [{name: row[name] for name in SHOWN} for row in found["rows"]]
    return flat_table(f"{title}{found['sgemm_rate'] / 1e9:.1f} GF/s", rows)


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--cases", nargs="+", default=CASES, help="nxmxλ")
    given = options.parse_args(arguments)
    store = Store("flow_floor", given.results, given.redo)
    for text in given.cases:
        case = Case.parse(text)
        print(table(store.part(case.name, partial(measure, case))), flush=True)


if __name__ == "__main__":
    main()
