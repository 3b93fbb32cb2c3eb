"""Which columns are on which axis: fields by name, each with room for what is wrong beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from polysem._census.columns import COLUMNS
from polysem._errors import BadInput
from polysem._explorer import texts
from polysem._explorer.results.opened import Opened
from polysem._plots.sweep_choice import Choice, axis_name, choose
from polysem._plots.sweep_scales import word

ROLES = {"y": "Show", "x": "Against", "by": "Colours", "facet": "Panels"}
SCALES = {"x_log": "Scale across", "y_log": "Scale up"}
SCALE_CHOICES = {"automatic": "", "linear": "no", "logarithmic": "yes"}
LOG = {"": None, "no": False, "yes": True}
WIDTH = 160  # of a field; two stand side by side on a phone
CHOSEN, NONE = "", "none"
FIRST = ("polysemantic", "opposite_sign", "same_sign", "dead_features", "initial_argmax_won")


class Axes:
    """`layout` — to lay out; `changed` is called when a field has another value."""

    def __init__(self, typed: Mapping[str, str], changed: Callable[[], Any]) -> None:
        self._typed = dict(typed)
        self._filling = False
        self._unknown: dict[str, str] = {}  # what a link asked for in vain
        self._fields = {
            role: pn.widgets.Select(label=label, options={}, width=WIDTH)
            for role, label in ROLES.items()
        }
        for role, label in SCALES.items():
            self._fields[role] = pn.widgets.Select(label=label, options=SCALE_CHOICES, width=WIDTH)
        self._problems = {role: texts.html("", margin=0) for role in self._fields}
        cells = [
            pn.Column(field, self._problems[role], width=WIDTH + 10, margin=0)
            for role, field in self._fields.items()
        ]
        self.layout = pn.FlexBox(*cells, sizing_mode="stretch_width", visible=False)
        for field in self._fields.values():
            field.param.watch(lambda _: None if self._filling else changed(), "value")

    def open(self, opened: Opened) -> None:
        """Offer the columns of another result; what was chosen stays where it can."""
        was = self.state() | self._typed if self._typed else self.state()
        self._filling = True
        axes = list(opened.axes)
        others = [c for c in ("n", "m", "l1") if c in opened.table and c not in axes]
        by_name = {_named(column): column for column in [*axes, *others]}
        self._fill("y", {_words(column): column for column in _numbers(opened)}, was)
        self._fill("x", {"automatic": CHOSEN, **by_name}, was)
        for role in ("by", "facet"):
            self._fill(role, {"automatic": CHOSEN, "none": NONE, **by_name}, was)
        for role in SCALES:
            self._fill(role, SCALE_CHOICES, was)
        self._typed = {}
        self._filling = False
        self.layout.visible = True

    def _fill(self, role: str, options: dict[str, str], was: Mapping[str, Any]) -> None:
        wanted = was.get(role) or ""
        field = self._fields[role]
        known = wanted in options.values()
        field.options = options
        field.value = wanted if known else next(iter(options.values()))
        if wanted and not known:
            said = f"“{wanted[:40]}” is not in this result: choose one of the list."
            self._unknown[role] = said

    def state(self) -> dict[str, str]:
        """What is chosen, for the link."""
        return {role: field.value or "" for role, field in self._fields.items()}

    def python(self) -> str:
        """What is chosen as arguments of `Sweep.plot`; what is automatic is left out."""
        said = {role: value for role, value in self.state().items() if value}
        given = {role: LOG[value] if role in SCALES else value for role, value in said.items()}
        return ", ".join(f"{role}={value!r}" for role, value in given.items())

    def read(self, opened: Opened) -> Choice | None:
        """The columns to draw; None if they do not go together, and then the page says why."""
        said = self.state()
        for role, pane in self._problems.items():
            pane.object = texts.problem(self._unknown.pop(role, ""))
        asked = {role: said[role] or None for role in ("x", "y", "by", "facet")}
        try:
            choice = choose(
                opened.table, opened.axes, **asked,
                x_log=LOG[said["x_log"]], y_log=LOG[said["y_log"]],
            )  # fmt: skip
        except BadInput as error:
            role = next((r for r in ("facet", "by", "x") if f"{r} = " in str(error)), "x")
            self._problems[role].object = texts.problem(str(error))
            return None
        return choice


def _numbers(opened: Opened) -> list[str]:
    """Columns that can be shown: counts and shares of the census first."""
    table = opened.table
    census = [*FIRST, *[name for name in COLUMNS if name not in FIRST]]
    names = [*census, "t", "steps", "rhs_evaluations", "wall_seconds"]
    shown = [name for name in names if name in table and table[name].dtype.kind in "iufb"]
    return [name for name in shown if name != "seed" and len(table[name].dropna())]


def _named(column: str) -> str:
    return {"l1": "λ (l1)"}.get(column, axis_name(column))


def _words(column: str) -> str:
    said = word(column).partition(" per network")[0]
    return said if said != column else column.replace("_", " ")
