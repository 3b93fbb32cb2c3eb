"""A small sweep for those who have none yet: a few seconds, in a folder that goes away."""

from __future__ import annotations

import shutil
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
    """Compute the sweep in a new folder under `folder`, which is removed if it is cancelled."""

    def show(tally: Any) -> None:
        done, wanted = tally.seeds_done, tally.seeds_total
        job.say(done / wanted, f"{done} of {wanted} networks")

    try:
        return opened_sweep(sweep(GRID, folder / NAME, workers=0, weights=True, progress=show))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
