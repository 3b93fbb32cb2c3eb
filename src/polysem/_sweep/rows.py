"""What a sweep keeps of one block of seeds: a row of statistics per seed, and trajectories."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from polysem._run.run import Run, trajectory_rows
from polysem._storage.provenance import LIBRARIES, code_state, provenance, version
from polysem._sweep.cells import RESULTS_VERSION
from polysem._sweep.fields import fields_of, flatten
from polysem._sweep.schema import EXPECTED, arrow_schema, columns

if TYPE_CHECKING:
    import pyarrow

THREADS = 1  # of every engine, so that products round the same everywhere


@dataclass(frozen=True)
class Made:
    """When and where a block was computed."""

    started: datetime
    seconds: float
    device: str


def table_of(run: Run, cell: str, text: str, made: Made) -> pyarrow.Table:
    """One row per seed of `run`: specification, outcome, census, timings, provenance."""
    import pyarrow as pa

    kinds = columns(run.spec.verb)
    shared = _shared(run, cell, text, made)
    rows = [
        shared | {k: v for k, v in solve.items() if k in kinds} | census
        for census, solve in zip(run.census.to_dicts(), run.solves, strict=True)
    ]
    arrays = {
        name: [as_stored(row.get(name), kind) for row in rows] for name, kind in kinds.items()
    }
    return pa.table(arrays, schema=arrow_schema(kinds))


def trajectories_of(run: Run, cell: str) -> pyarrow.Table | None:
    """One row per seed and recorded time (per-feature statistics as means); None if none."""
    import pyarrow as pa

    rows = trajectory_rows(run.seeds, run.trajectories)
    if not rows:
        return None
    names = [name for name in rows[0] if name not in ("seed", "t")]
    kinds = {"cell": "text", "seed": "int", "t": "float"} | dict.fromkeys(names, "float")
    arrays = {name: [row.get(name) for row in rows] for name in kinds if name != "cell"}
    return pa.table({"cell": [cell] * len(rows), **arrays}, schema=arrow_schema(kinds))


def _shared(run: Run, cell: str, text: str, made: Made) -> dict[str, Any]:
    """What all rows of a block have in common."""
    verb, network = run.spec.verb, run.spec.network
    fields = fields_of(verb)
    flat = flatten(run.spec.model_dump(mode="json"), fields)
    return {
        "cell": cell,
        "verb": verb,
        **{column: flat.get(path) for path, column in fields.columns.items()},
        **_expected(network.n, network.m),
        "started": made.started.isoformat(timespec="milliseconds"),
        "block_seconds": made.seconds,
        "device": made.device,
        "spec": text,
        **code_facts(),
    }


def _expected(n: int, m: int) -> dict[str, float]:
    """Polysemantic neurons by the closed forms of theory."""
    from polysem._theory import balls_count, exclusion_count, paper_count  # loads scipy.stats

    laws = zip(EXPECTED, (paper_count, balls_count, exclusion_count), strict=True)
    return {f"expected_{law}": count(n, m) for law, count in laws}


@cache
def code_facts() -> Mapping[str, Any]:
    """The code and the class of machine, asked for once per process."""
    about = provenance()
    return {
        "polysem": about["polysem"],
        "results_version": RESULTS_VERSION,
        **code_state(),
        "threads": THREADS,
        "machine": about["machine"],
        "libraries": json.dumps(
            {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
        ),
    }


def as_stored(value: Any, kind: str) -> Any:
    """A value as its column holds it."""
    if value is None:
        return None
    if kind == "json":
        return json.dumps(value, sort_keys=True)
    return str(value) if kind == "text" else value
