"""The folder of a ledger: whose it is, and what is written into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from polysem._claims.stored import FIGURES, FILE, drawn, told
from polysem._errors import BadInput
from polysem._storage.files import check_out, prepare_out, write_text

VERB = "claims"


def write_outputs(result: Any) -> None:
    """Write ledger.json, ledger.parquet, figures.json, figures/ and report.html."""
    from polysem._plots.claims import draw_mpl
    from polysem._plots.save import save_figure
    from polysem._storage.tables import write_table

    folder = result.folder
    write_text(folder / FIGURES, json.dumps(drawn(result), allow_nan=False))
    write_text(folder / FILE, json.dumps(told(result), indent=2, allow_nan=False))
    write_table(folder / "ledger.parquet", result.to_arrow())
    (folder / "figures").mkdir(exist_ok=True)
    for one in result:
        for name, panel in one.figures:
            save_figure(draw_mpl(panel), folder / "figures" / f"{name}.svg")
    result.report(folder / "report.html")


def own_folder(out: str | Path) -> Path:
    """The folder, made and marked as a ledger's."""
    path = checked_folder(out)
    prepare_out(path)
    write_text(path / "spec.json", json.dumps({"verb": VERB}))
    return path


def checked_folder(out: str | Path) -> Path:
    """The folder, if it is new, empty, or one of an earlier ledger."""
    path = Path(out)
    mark = path / "spec.json"
    if path.is_dir() and any(path.iterdir()) and not _is_ledger(mark):
        raise BadInput(
            f"The output folder {str(path)!r} holds something other than a ledger of claims; "
            "choose another."
        )
    check_out(path, resume=True)
    return path


def _is_ledger(mark: Path) -> bool:
    try:
        return json.loads(mark.read_text(encoding="utf-8")).get("verb") == VERB
    except (OSError, ValueError, AttributeError):
        return False
