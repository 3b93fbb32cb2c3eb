"""The figures of the neurons view: the map, the dots, one neuron, costs and nulls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, TapTool

from polysem._explorer import texts
from polysem._explorer.described import describe
from polysem._explorer.figures import HALF
from polysem._explorer.neurons.chosen import Chosen
from polysem._plots import (
    diagnosis_costs,
    diagnosis_features,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
)
from polysem._plots.colours import BLACK
from polysem._plots.labels import plural, shortened
from polysem._report.diagnosis_page import (
    COST_CAPTION,
    MAP_CAPTION,
    NULL_CAPTION,
    SHARED_CAPTION,
)

NEURON_CAPTION = (
    "Positive: the neuron answers to the feature with more activity, or a positive weight; "
    "negative: with less."
)


class Pictures:
    """`map`, `dots`, `neuron`, `costs`, `nulls` — to lay out; `chosen` is called with the number
    of a neuron that is clicked."""

    def __init__(self, chosen: Callable[[int], Any]) -> None:
        self._chosen = chosen
        self.map, self.dots, self.neuron, self.costs, self.nulls = (
            pn.Column(sizing_mode="stretch_width", margin=0, styles=HALF) for _ in range(5)
        )
        self.neuron.styles = {}
        self._mark: Any = None

    def open(self, diagnosis: Any, neuron: int) -> None:
        """Draw what is of the layer, and mark a neuron on the map.

        The mark is there before the browser is told of the map: what is changed in the same tick
        may reach it first.
        """
        self._column = _columns(diagnosis_map.prepare(diagnosis))
        plot = diagnosis_map.draw_bokeh(diagnosis)
        self._mark, self._marked = ColumnDataSource(self._place(neuron)), neuron
        if self._column:
            plot.scatter(
                "x", "y", marker="inverted_triangle", size=12, color=BLACK, source=self._mark
            )
        self._put(self.map, plot, MAP_CAPTION, _map_words(diagnosis))
        self._put(
            self.dots,
            diagnosis_neurons.draw_bokeh(diagnosis),
            SHARED_CAPTION,
            _dots_words(diagnosis),
        )
        tested = any(f.cost is not None for f in diagnosis.findings)
        self.costs.visible, self.nulls.visible = tested, bool(diagnosis.nulls)
        if tested:
            costs = diagnosis_costs.draw_bokeh(diagnosis)
            self._put(self.costs, costs, COST_CAPTION, _costs_words(diagnosis))
        if diagnosis.nulls:
            said = shortened("; ".join(map(str, diagnosis.nulls)), 900)
            self._put(self.nulls, diagnosis_nulls.draw_bokeh(diagnosis), NULL_CAPTION, said)

    def show(self, chosen: Chosen) -> None:
        """Draw what is of the chosen neuron, and mark it on the map."""
        diagnosis, neuron = chosen.diagnosis, chosen.neuron
        plot = diagnosis_features.draw_bokeh(diagnosis, neuron)
        describe(plot, _neuron_words(diagnosis, neuron))
        self.neuron.objects = [
            pn.pane.Bokeh(plot, sizing_mode="stretch_width"),
            texts.html(texts.paragraph(NEURON_CAPTION, "caption")),
        ]
        if neuron != self._marked:
            self._mark.data, self._marked = self._place(neuron), neuron

    def _place(self, neuron: int) -> dict[str, Any]:
        """Where the neuron lies on the map, if it is drawn."""
        place = self._column.get(neuron)
        return {"x": [], "y": []} if place is None else {"x": [place], "y": [0.0]}

    def _put(self, cell: Any, plot: Any, caption: str, words: str) -> None:
        """Put a figure into its cell; a click on a neuron chooses it."""
        describe(plot, words)
        for tool in [tool for tool in plot.tools if isinstance(tool, TapTool)]:
            plot.tools.remove(tool)
        sources = [r.data_source for r in plot.renderers if "neuron" in r.data_source.data]
        for source in sources:
            source.selected.on_change("indices", self._clicked(source))
        if sources:
            plot.add_tools(TapTool())
            for renderer in plot.renderers:
                renderer.nonselection_glyph = renderer.glyph
        cell.objects = [
            pn.pane.Bokeh(plot, sizing_mode="stretch_width"),
            texts.html(texts.paragraph(caption, "caption")),
        ]

    def _clicked(self, source: Any) -> Any:
        def answer(_attr: str, _old: Any, new: list[int]) -> None:
            if new:
                self._chosen(int(source.data["neuron"][new[0]]))

        return answer


def _columns(data: Any) -> dict[int, float]:
    """Where each neuron that is drawn lies on the map."""
    if data is None:
        return {}
    row, column = np.nonzero(data.values)
    return {
        int(data.neuron[i, j]): float(j) + 0.5
        for i, j in zip(row.tolist(), column.tolist(), strict=True)
    }


def _map_words(diagnosis: Any) -> str:
    counts = diagnosis.counts()
    drawn = sum(bool(f.features) for f in diagnosis.findings)
    features = len({name for f in diagnosis.findings for name in f.features})
    return (
        f"The layer's map: {plural(drawn, 'neuron')} with {plural(features, 'feature')}; "
        f"{counts['polysemantic']} of them represent two or more unrelated features."
    )


def _dots_words(diagnosis: Any) -> str:
    high = [f for f in diagnosis.findings if (f.score or 0) > 0]
    return (
        f"Every neuron by the strength of its first and second feature: {len(high)} of "
        f"{plural(len(diagnosis.findings), 'neuron')} lie above the floor, with a second feature."
    )


def _costs_words(diagnosis: Any) -> str:
    costs = [f.cost for f in diagnosis.findings if f.cost is not None and np.isfinite(f.cost)]
    if not costs:
        return "No cost is finite."
    return (
        f"Costs of making {plural(len(costs), 'neuron')} pure, from {min(costs):.3g} to "
        f"{max(costs):.3g} worths of one feature; median {np.median(costs):.3g}."
    )


def _neuron_words(diagnosis: Any, neuron: int) -> str:
    data = diagnosis_features.prepare(diagnosis, neuron)
    if data is None:
        return diagnosis_features.NOTHING
    parts = [
        f"{shortened(name, 40)} {share:.2f}{'' if group else ' (not represented)'}"
        for name, share, group in zip(data.name, data.share, data.group, strict=True)
    ]
    return f"{data.title}, strongest first: {'; '.join(reversed(parts))}."
