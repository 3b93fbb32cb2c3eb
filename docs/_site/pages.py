"""Pages that are generated: written to docs/generated before Sphinx reads anything."""

from __future__ import annotations

import shutil
from pathlib import Path

from _site import claims, errors, outcomes, pictures, speed


def write(srcdir: str | Path) -> None:
    """Write them all anew."""
    folder = Path(srcdir) / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pictures.make(Path(srcdir), folder / "pictures")
    (folder / "outcomes.md").write_text(outcomes.tables(), encoding="utf-8")
    errors.write(folder / "errors")
    claims.write(Path(srcdir), folder)
    results = Path(srcdir).parent / "benchmarks" / "results"
    (folder / "speed.md").write_text(speed.page(results), encoding="utf-8")
