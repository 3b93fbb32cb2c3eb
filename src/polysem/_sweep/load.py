"""`polysem.load`: read back what Polysem wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polysem._run.folder import load_run, read_verb
from polysem._sweep.results import load_sweep


def load(path: str | Path) -> Any:
    """Read a folder that Polysem wrote, finished, interrupted or still growing.

    A `Run` for the folder of a simulation or training, a `Sweep` for that of a sweep. Raises
    `BadInput` if it is neither, or if a newer Polysem wrote it.
    """
    return load_sweep(path) if read_verb(Path(path)) == "sweep" else load_run(path)
