"""One arm of a comparison: a run, the same trained further, and what to make of its seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from polysem._flow.spec import SimulateSpec
from polysem._network.problem import Problem
from polysem._repair.judge.measures import MEASURES, Measure, measured
from polysem._run.run import Run

STAGES = ("end", "after")


def kinds_with(measures: Mapping[str, Measure]) -> dict[str, str]:
    """Columns of an arm's table: where a row belongs, then its measures."""
    return {
        "method": "text",
        "seed": "int",
        "stage": "text",
        "outcome": "text",
        "used": "bool",
        "why": "text",
        **{name: "int" if measure.whole else "float" for name, measure in measures.items()},
    }


KINDS = kinds_with(MEASURES)
"""One row per method, seed and stage: "end", or "after" more training under the plain loss.
`used` — the seed counts; `why` — if not, the rule that excludes it."""


@dataclass(frozen=True)
class Arm:
    """`name` — of the method. `does` — in words. `sham` — name of the arm that is its control.

    `run` — its networks; `after` — the same after more training, None if that was not asked for.
    `expected` — polysemantic neurons theory expects, with its equation; None without theory.
    """

    name: str
    does: str
    run: Run
    after: Run | None = None
    sham: str | None = None
    expected: tuple[float, str] | None = None

    def rows(self, problem: Problem) -> list[dict[str, Any]]:
        """One row per seed and stage, judged on the loss of `problem`."""
        stages = [("end", self.run), ("after", self.after)]
        return [
            {"method": self.name, "stage": stage, **row}
            for stage, run in stages
            if run is not None
            for row in _of_run(run, problem)
        ]


def _of_run(run: Run, problem: Problem) -> list[dict[str, Any]]:
    found = []
    for row, solve, W in zip(run.census.to_dicts(), run.solves, run.end, strict=True):
        why = exclusion(run, row, str(solve["outcome"]))
        said = {"seed": row["seed"], "outcome": str(solve["outcome"])}
        found.append({**said, "used": why is None, "why": why, **measured(W, problem)})
    return found


def exclusion(run: Run, row: Mapping[str, Any], outcome: str) -> str | None:
    """The rule that excludes a seed; None if it counts.

    A flow must have reached a certified end state; a training must have done its steps and be
    converged by the census. Dead networks count: their loss is part of the price.
    """
    if not row["countable"]:
        return "its weights are not finite"
    if isinstance(run.spec, SimulateSpec):
        return None if outcome in ("converged", "all_dead") else f"the flow ended as {outcome}"
    if outcome != "steps_done":
        return f"the training ended as {outcome}"
    return None if row["converged"] else "not converged by the census when its steps were done"
