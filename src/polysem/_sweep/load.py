"""`polysem.load`: read back what Polysem wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polysem._run.folder import load_run, read_verb
from polysem._sweep.results import load_sweep


def load(path: str | Path) -> Any:
    """Read a folder that Polysem wrote, finished, interrupted or still growing.

    A `Run` for the folder of a simulation or training, a `Sweep` for that of a sweep, a
    `Diagnosis` for that of a diagnosis, a `Comparison` for that of prevention, what a
    `Repair` said and recorded for that of a repair. Raises `BadInput` if it is none of these, or if
    a newer Polysem wrote it.
    """
    verb = read_verb(Path(path))
    if verb == "diagnose":
        from polysem._diagnose.store import load as load_diagnosis

        return load_diagnosis(Path(path))
    if verb == "prevent":
        from polysem._repair.judge.folder import load_comparison

        return load_comparison(path)
    if verb == "repair":
        from polysem._repair.stored import load_repair

        return load_repair(Path(path))
    return load_sweep(path) if verb == "sweep" else load_run(path)
