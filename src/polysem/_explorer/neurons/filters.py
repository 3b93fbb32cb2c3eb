"""The fields that say which neurons are listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.neurons.listing import ANY, Wanted, kinds


class Filters:
    """`layout` — to lay out; `changed` is called when something else is wanted."""

    def __init__(self, typed: Mapping[str, str], changed: Callable[[], Any]) -> None:
        self.polysemantic = pn.widgets.Select(
            label="Which neurons",
            options={"all": "", "polysemantic only": "yes"},
            value="yes" if typed.get("polysemantic") == "yes" else "",
            width=160,
        )
        self.kind = pn.widgets.Select(label="What it is", options={"any": ANY}, width=230)
        self.feature = pn.widgets.TextInput(
            label="Feature's name contains", value=typed.get("feature", ""), width=190
        )
        self.p = pn.widgets.TextInput(
            label="Largest p of the score", value=typed.get("p", ""), width=160
        )
        self._asked_kind = typed.get("kind", "")
        self._problem = texts.html("")
        self._fields = (self.polysemantic, self.kind, self.feature, self.p)
        for field in self._fields:
            field.param.watch(lambda _: changed(), "value")
        self.layout = pn.Column(
            pn.FlexBox(*self._fields, align_items="end", sizing_mode="stretch_width"),
            self._problem,
            sizing_mode="stretch_width",
            margin=0,
        )

    def open(self, diagnosis: Any) -> None:
        """Offer the kinds that occur in a diagnosis."""
        offered = {"any": ANY}
        offered |= {f"{kind} ({count:,})": kind for kind, count in kinds(diagnosis).items()}
        wanted = self._asked_kind or self.kind.value
        self._asked_kind = ""
        self.kind.options = offered
        self.kind.value = wanted if wanted in offered.values() else ANY
        self.p.visible = any(f.score_p is not None for f in diagnosis.findings)

    def read(self) -> Wanted:
        """What is wanted; what cannot be understood is said and asks nothing."""
        wanted = Wanted(
            self.polysemantic.value == "yes",
            str(self.kind.value or ANY),
            str(self.feature.value),
            str(self.p.value) if self.p.visible else ANY,
        )
        self._problem.object = texts.problem(wanted.problem)
        return wanted

    def state(self) -> dict[str, Any]:
        """What a link must hold."""
        wanted = self.read()
        return {
            "polysemantic": "yes" if wanted.polysemantic else None,
            "kind": wanted.kind,
            "feature": wanted.feature,
            "p": wanted.p,
        }
