"""`make bench`: every benchmark, one after the other, then the table, the picture, the README.

    python -m benchmarks [--redo]

Run on an idle machine. What is stored already is not measured again without --redo, so an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import draw, paragraph
from benchmarks._figures import figures
from benchmarks._verdicts import table, verdicts

ALL = (
    "train_step",
    "flow_cold_start",
    "flow_precision",
    "flow_floor",
    "flow_growth",
    "flow_memory",
    "flow_collisions",
    "flow_collisions --accuracy fast",
    "gpu",
    "diagnose_speed",
    "origin_cost",
    "sweep_overhead",
    "sweep_kill",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--redo", action="store_true", help="measure again what is stored already")
    redo = ["--redo"] if options.parse_args().redo else []
    for module, *how in map(
        str.split, ALL
    ):  # a process each: what one leaves in memory does not burden the next
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *how, *redo], check=True)
    draw.main()
    paragraph.main()
    print(table(verdicts(figures())))


if __name__ == "__main__":
    main()
