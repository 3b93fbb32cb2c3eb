"""`make bench`: every benchmark, one after the other; results go to benchmarks/results/*.json.

Run on an idle machine: figures are ratios within one process, but load still spoils them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Run the scripts; those that print their result have it stored here."""
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    step = subprocess.run(
        [sys.executable, HERE / "train_step.py"], capture_output=True, text=True, check=True
    )
    (results / "train_step.json").write_text(step.stdout)
    print(step.stdout)
    out = results / "flow_precision.json"
    subprocess.run([sys.executable, HERE / "flow_precision.py", "--out", out], check=True)


if __name__ == "__main__":
    main()
