"""The networks behind a point: which they are, their weights as kept, or solved again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._explorer.jobs import Job
from polysem._explorer.results.opened import Opened
from polysem._explorer.watching import Watcher, solve_watched
from polysem._flow.recorder import TrajectoryRecorder
from polysem._plots.sweep_choice import Choice
from polysem._plots.sweep_data import counted, label_of, parts_of
from polysem._run.folder import load_run, run_of_parts
from polysem._run.parts import LAYERS, make_part
from polysem._run.run import SOLVE_COLUMNS, Run
from polysem._sweep.cells import seeds_depend, spec_of
from polysem._sweep.results import Sweep
from polysem._sweep.store import WEIGHTS, Store, block_of

MOST_OFFERED = 500  # networks of one point


@dataclass(frozen=True)
class Point:
    """One point of the figure: `key` — panel, colour and place as the figure names them; `label`;
    `networks` — (cell, seed, value shown)."""

    key: tuple[str, str, str]
    label: str
    networks: tuple[tuple[str, int, float], ...]


def points_of(opened: Opened, choice: Choice) -> list[Point]:
    """The points of the figure of a result, panel by panel."""
    found = []
    for panel, part in parts_of(counted(opened.table, choice), choice.facet):
        for colour, some in parts_of(part, choice.by):
            for x, rows in some.groupby(choice.x, dropna=False):
                panel_said, colour_said = label_of(choice.facet, panel), label_of(choice.by, colour)
                said = [label_of(choice.x, x), colour_said, panel_said]
                key = panel_said, colour_said or "measured", str(x)
                networks = zip(rows["cell"], rows["seed"].astype(int), rows[choice.y], strict=True)
                mean = f"{rows[choice.y].mean():.4g}"
                count = "" if len(rows) == 1 else f" in {len(rows):,} networks"
                label = f"{', '.join(filter(None, said))}: {mean}{count}"
                found.append(Point(key, label, tuple(networks)))
    return found


def row_of(opened: Opened, cell: str, seed: int) -> dict[str, Any] | None:
    """The row of one network; None if there is none."""
    table = opened.table
    rows = table[(table["cell"] == cell) & (table["seed"] == seed)]
    return rows.iloc[0].to_dict() if len(rows) else None


def are_kept(opened: Opened, cell: str, seed: int) -> bool:
    """True if the weights of a network were stored."""
    if cell in opened.runs:
        return True
    assert isinstance(opened.found, Sweep)
    for name in Store(opened.found.folder).listing(WEIGHTS):
        if name.startswith(f"{cell}_"):
            _, first, count = block_of(name)
            if first <= seed < first + count:
                return True
    return False


def kept_network(opened: Opened, cell: str, seed: int) -> Run:
    """One network with the weights that were stored. Raises `BadInput` if there are none."""
    found = opened.found
    if cell in opened.runs:
        found = found if isinstance(found, Run) else load_run(opened.runs[cell])
        i = found.seeds.index(seed)
        return Run(
            spec=found.spec.model_copy(update={"seed": seed, "seeds": 1}),
            seeds=(seed,),
            start=found.start[i : i + 1],
            end=found.end[i : i + 1],
            solves=found.solves[i : i + 1],
            trajectories=found.trajectories[i : i + 1],
            provenance=found.provenance,
        )
    row = row_of(opened, cell, seed)
    assert row is not None
    assert isinstance(found, Sweep)
    weights = found.weights(cell)[seed]
    kept = {LAYERS: weights[LAYERS]} if LAYERS in weights else {}
    facts = {k: v for k, v in row.items() if k in SOLVE_COLUMNS or k.startswith("certificate_")}
    part = facts, weights["start"], weights["end"], kept
    return run_of_parts(spec_of(row["spec"], seed, 1), {seed: part}, "the cell")


def solved_again(job: Job, opened: Opened, cell: str, seed: int) -> Run:
    """One network of a sweep solved anew from its specification; the same as it was, bit for bit,
    under the same versions on the same kind of machine."""
    row = row_of(opened, cell, seed)
    assert row is not None
    spec = spec_of(row["spec"], seed, 1)
    start, solution = spec.network.start(seed), _solution(job, spec)
    return run_of_parts(spec, {seed: make_part(start, solution)}, "the cell")


def can_be_solved(row: dict[str, Any]) -> str:
    """Why a network cannot be solved again alone; "" if it can."""
    text = row.get("spec")
    if not isinstance(text, str):
        return "Its specification was not stored."
    if seeds_depend(spec_of(text, 0, 1)):
        return "Its noise was shared with the other networks of its cell: sweep with weights=True."
    return ""


def _solution(job: Job, spec: Any) -> Any:
    """Solve, saying how far it is: of the steps, or of the way from m weights a feature to one."""
    problem = spec.network.problem

    def show(t: float, W: np.ndarray) -> None:
        job.say(_share(t, W, spec), f"{_time(t, spec)}")

    def recorder() -> Watcher:
        return Watcher(TrajectoryRecorder(spec.record, problem), spec.record.first, show, job.check)

    return solve_watched(spec, recorder)


def _share(t: float, W: np.ndarray, spec: Any) -> float:
    if spec.verb == "train":
        return t / spec.train.steps
    left = max(np.count_nonzero(W) / len(W), 1.0)
    return 1 - math.log(left) / math.log(max(spec.network.m, 2))


def _time(t: float, spec: Any) -> str:
    return f"step {t:,.0f}" if spec.verb == "train" else f"t = {t:,.3g}"


def python_of(opened: Opened, place: str, cell: str, seed: int, kept: bool) -> str:
    """The Python that gives the weights of one network."""
    if cell in opened.runs:
        return (
            f"import polysem\n\nrun = polysem.load({str(opened.runs[cell])!r})\n"
            f"i = run.seeds.index({seed})\n"
            "polysem.census(run.end[i], start=run.start[i])\n"
        )
    if kept:
        return (
            f"import polysem\n\nsweep = polysem.load({place!r})\n"
            f"weights = sweep.weights({cell!r})[{seed}]\n"
            'polysem.census(weights["end"], start=weights["start"])\n'
        )
    row = row_of(opened, cell, seed)
    if row is None or can_be_solved(row):
        return ""
    said = json.loads(row["spec"])
    grid = {"base": said, "seeds": {"first": seed, "count": 1}}
    return (
        f"import polysem\n\none = polysem.sweep(\n    {grid!r},\n    'one', weights=True,\n)\n"
        f"weights = one.weights({cell!r})[{seed}]\n"
        'polysem.census(weights["end"], start=weights["start"])\n'
    )
