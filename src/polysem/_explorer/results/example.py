"""A small sweep for those who have none yet: a few seconds, in a folder that goes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polysem._explorer.jobs import Job
from polysem._explorer.results.opened import Opened, opened_sweep
from polysem._sweep.sweep import sweep

GRID: dict[str, Any] = {
    "base": {"l1": 0.05},
    "axes": {"n": [8, 16, 32], "m": [16, 32, 64, 128, 256]},
    "seeds": 8,
}
NAME = "example"
PYTHON = f"import polysem\n\nfound = polysem.sweep({GRID!r}, {NAME!r}, weights=True)\n"


def compute(job: Job, folder: Path) -> Opened:
    """Compute the sweep in a new folder under `folder`."""
    made = sweep(
        GRID, folder / NAME, workers=0, weights=True,
        progress=lambda tally: job.say(
            tally.seeds_done / tally.seeds_total,
            f"{tally.seeds_done} of {tally.seeds_total} networks",
        ),
    )  # fmt: skip
    return opened_sweep(made)
