"""A comparison as a folder: every arm is a run folder, beside the tables made of them.

spec.json  provenance.json  runs/NAME/…  rows.parquet  effects.parquet  figures/  report.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from polysem._errors import BadInput
from polysem._repair.judge.arm import Arm
from polysem._repair.judge.comparison import Comparison
from polysem._run.folder import load_run, save_run
from polysem._run.run import Run
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.tables import write_table

VERB = "prevent"
RUNS, AFTER = "runs", "after"
FACTS = "arm.json"


def save_comparison(result: Comparison, out: Path, *, overwrite: bool = False) -> Path:
    """Write a whole comparison into a new folder."""
    path = check_out(out, overwrite)
    assert path is not None
    prepare_out(path, overwrite)
    write_spec(path, result.settings, result.confidence)
    for place, arm in enumerate(result.arms):
        write_arm(path, place, arm)
    finish(result, path)
    return path


def write_spec(path: Path, settings: Any, confidence: float) -> None:
    """What was asked for; it marks the folder as ours."""
    values = {"verb": VERB, "settings": dict(settings), "confidence": confidence}
    write_text(path / "spec.json", json.dumps(values))


def write_arm(path: Path, place: int, arm: Arm) -> None:
    """The runs of one arm, then the file that says they are whole."""
    folder = path / RUNS / f"{place:02d}"
    for name, run in (("end", arm.run), (AFTER, arm.after)):
        if run is not None:
            save_run(run, folder / name, overwrite=True, report=False)
    facts = {"name": arm.name, "does": arm.does, "sham": arm.sham, "expected": arm.expected}
    write_text(folder / FACTS, json.dumps(facts))


def read_arm(path: Path, place: int) -> Arm | None:
    """The arm written in that place; None if it is not there or not whole."""
    folder = path / RUNS / f"{place:02d}"
    if not (folder / FACTS).is_file():
        return None
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    expected = None if facts["expected"] is None else (*facts["expected"],)
    after: Run | None = load_run(folder / AFTER) if (folder / AFTER).is_dir() else None
    return Arm(**{**facts, "expected": expected}, run=load_run(folder / "end"), after=after)


def finish(result: Comparison, path: Path, report: bool = True) -> None:
    """Tables, figure and page, beside the runs."""
    from polysem._plots.save import save_figure

    write_text(path / "provenance.json", json.dumps(dict(result.provenance), indent=2))
    write_table(path / "rows.parquet", result.rows.to_arrow())
    write_table(path / "effects.parquet", result.effects.to_arrow())
    if report:
        (path / "figures").mkdir(exist_ok=True)
        save_figure(result.plot(), path / "figures" / "pareto.svg")
        result.report(path / "report.html")


def load_comparison(path: str | Path) -> Any:
    """Read a folder, finished or not: the arms that are whole. Raises `BadInput` if none is."""
    folder = Path(path)
    spec = read_settings(folder)
    if "widths" in spec:
        from polysem._repair.prevent.widths import load_widths

        return load_widths(folder, spec["widths"])
    if spec.get("module"):
        from polysem._repair.modules.comparison import read

        return read(folder, spec)
    arms: list[Arm] = []
    while (arm := read_arm(folder, len(arms))) is not None:
        arms.append(arm)
    if not arms:
        raise BadInput(f"{str(folder)!r} holds no finished method; run it again with --resume.")
    made = folder / "provenance.json"
    provenance = json.loads(made.read_text(encoding="utf-8")) if made.is_file() else {}
    return Comparison(tuple(arms), spec["confidence"], spec["settings"], provenance)


def read_settings(folder: Path) -> dict[str, Any]:
    """The stored settings and confidence. Raises `BadInput` if they are not a comparison's."""
    try:
        spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(folder)!r} is not a folder of prevent: {error}.") from None
    if spec.get("verb") != VERB:
        raise BadInput(f"{str(folder)!r} holds a result of {spec.get('verb')!r}, not of prevent.")
    return spec


def kept_arm(path: Path | None, place: int, make: Callable[[], Arm]) -> Arm:
    """The arm that the folder holds, or a new one, written as soon as it is made."""
    found = None if path is None else read_arm(path, place)
    if found is not None:
        return found
    made = make()
    if path is not None:
        write_arm(path, place, made)
    return made
