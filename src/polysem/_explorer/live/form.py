"""The fields of the live view, each with room for what is wrong with its value beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.live.settings import (
    ACTIVATIONS,
    NOISES,
    OPTIMISERS,
    LiveSettings,
    Reading,
    read,
)

LABELS = {
    "n": "Features n",
    "m": "Neurons m",
    "l1": "Penalty λ",
    "seed": "Seed",
    "activation": "Output activation",
    "optimiser": "How weights move",
    "lr": "Learning rate",
    "steps": "Steps",
    "noise": "Noise on neurons",
    "noise_std": "Noise σ",
}
CHOICES = {"activation": ACTIVATIONS, "optimiser": OPTIMISERS, "noise": NOISES}
OF_OPTIMISERS = ("lr", "steps", "noise", "noise_std")


class Form:
    """Fields and their problems. `layout` — to lay out."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        defaults = LiveSettings().model_dump()
        self._fields = {
            name: self._field(name, typed.get(name, str(defaults[name]))) for name in LABELS
        }
        self._problems = {name: texts.html("", margin=(0, 10)) for name in LABELS}
        self._cells = {
            name: pn.Column(field, self._problems[name], width=178, margin=0)
            for name, field in self._fields.items()
        }
        self._fields["optimiser"].param.watch(lambda _: self._show_what_applies(), "value")
        self._show_what_applies()
        self.layout = pn.FlexBox(*self._cells.values(), sizing_mode="stretch_width")
        # A link may hold anything; what the lists lack is said like what was typed wrong.
        self._unknown = {
            name: typed[name]
            for name, choices in CHOICES.items()
            if name in typed and typed[name] not in choices
        }

    @staticmethod
    def _field(name: str, value: str) -> Any:
        if name not in CHOICES:
            return pn.widgets.TextInput(label=LABELS[name], value=value, width=158)
        options = {label: key for key, label in CHOICES[name].items()}
        chosen = value if value in CHOICES[name] else next(iter(CHOICES[name]))
        return pn.widgets.Select(label=LABELS[name], options=options, value=chosen, width=158)

    def _show_what_applies(self) -> None:
        flows = self._fields["optimiser"].value == "flow"
        for name in ("lr", "steps", "noise", "noise_std"):
            self._cells[name].visible = not flows

    def typed(self) -> dict[str, str]:
        """What is in the fields that apply."""
        flows = self._fields["optimiser"].value == "flow"
        values = {
            name: field.value
            for name, field in self._fields.items()
            if not (flows and name in OF_OPTIMISERS)
        }
        unknown, self._unknown = self._unknown, {}
        return values | unknown

    def read(self) -> Reading:
        """Understand the fields, and say beside each what is wrong with it."""
        reading = read(self.typed())
        for name, pane in self._problems.items():
            pane.object = texts.problem(reading.problems.get(name, ""))
        return reading
