"""`polysem.load`: read back what Polysem wrote."""

from __future__ import annotations

from pathlib import Path

from polysem._run.folder import load_run
from polysem._run.run import Run


def load(path: str | Path) -> Run:
    """Read a run folder, finished or interrupted. Raises `BadInput` if it is not one."""
    return load_run(path)
