"""What was aimed at, what was measured, what fell short. The targets are data: targets.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks._figures import Figure
from benchmarks._table import columns, number

TARGETS = Path(__file__).with_name("targets.json")


class State(StrEnum):
    """How a figure stands to its target."""

    MET = "met"
    SHORT = "short"
    NOT_SHOWN = "not shown"  # a lower bound below the target: the rival was stopped too early
    UNMEASURED = "not measured"


@dataclass(frozen=True)
class Verdict:
    """One target and the figure measured for it, if there is one."""

    target: Mapping[str, Any]
    figure: Figure | None

    @property
    def state(self) -> State:
        if self.figure is None:
            return State.UNMEASURED
        if "at_most" in self.target:
            return State.MET if self.figure.value <= self.target["at_most"] else State.SHORT
        if self.figure.value >= self.target["at_least"]:
            return State.MET
        return State.NOT_SHOWN if self.figure.at_least else State.SHORT

    @property
    def stretched(self) -> bool:
        """True if the stretch goal was reached too."""
        goal = self.target.get("stretch")
        return goal is not None and self.figure is not None and self.figure.value >= goal

    @property
    def measured(self) -> str:
        """The figure with its unit."""
        if self.figure is None:
            return "–"
        bound = "≥ " if self.figure.at_least else ""
        return bound + with_unit(self.figure.value, self.target["unit"])

    @property
    def aim(self) -> str:
        """The target with its unit."""
        sign, key = ("≤", "at_most") if "at_most" in self.target else ("≥", "at_least")
        return f"{sign} {with_unit(self.target[key], self.target['unit'])}"


def with_unit(value: float, unit: str) -> str:
    """Three digits and the unit; '%' is of a share."""
    return f"{number(100 * value)} %" if unit == "%" else f"{number(value)}{unit}"


def verdicts(found: Mapping[str, Figure], targets: Path = TARGETS) -> list[Verdict]:
    """One verdict per target, in the file's order."""
    wanted = json.loads(targets.read_text(encoding="utf-8"))
    return [Verdict(target, found.get(target["figure"])) for target in wanted]


def table(judged: Sequence[Verdict]) -> str:
    """All verdicts as plain text."""
    head = ("target", "aim", "measured", "stretch", "verdict")
    rows = [(v.target["says"], v.aim, v.measured, _stretch(v), str(v.state)) for v in judged]
    return "\n" + columns(head, rows)


def _stretch(verdict: Verdict) -> str:
    if "stretch" not in verdict.target:
        return ""
    reached = " reached" if verdict.stretched else ""
    return with_unit(verdict.target["stretch"], verdict.target["unit"]) + reached
