"""The command line that every benchmark shares."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks._store import RESULTS


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Options --redo and --results; a benchmark adds its own."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--redo", action="store_true", help="measure again what is stored already")
    made.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    return made
