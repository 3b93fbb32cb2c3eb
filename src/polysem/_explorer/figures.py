"""Bokeh figures on a page: their titles as text that wraps and can be read aloud."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
from bokeh.models import LayoutDOM, Plot, Title

from polysem._explorer import texts

HALF = {"flex": "1 1 420px", "min-width": "min(300px, 100%)"}  # side by side where there is room

THIRD = {"flex": "1 1 360px", "min-width": "min(300px, 100%)"}


def figure_cell(drawn: Any, caption: str, alt: str = "", **options: Any) -> Any:
    """A figure, or a column of figures, with its words below. `alt` — for those who cannot see it;
    `options` — of the cell."""
    panes = [pn.Column(titles(plot), _pane(plot), margin=0) for plot in plots_of(drawn)]
    words = texts.html(texts.figure_words(caption, alt))
    return pn.Column(*panes, words, **{"margin": 0, "sizing_mode": "stretch_width", **options})


def figure_cells(drawn: Any) -> Any:
    """Small multiples: figures beside each other where there is room."""
    cells = [
        pn.Column(titles(plot), _pane(plot), margin=0, styles=THIRD) for plot in plots_of(drawn)
    ]
    return pn.FlexBox(*cells, sizing_mode="stretch_width")


def plots_of(drawn: Any) -> list[Any]:
    """The figures of a layout."""
    if isinstance(drawn, Plot):
        return [drawn]
    return [plot for child in drawn.children if isinstance(child, LayoutDOM)
            for plot in plots_of(child)]  # fmt: skip


def titles(plot: Any) -> Any:
    """The titles of a figure as text; the figure keeps none."""
    found = [one for one in plot.above if isinstance(one, Title)]
    plot.above = [one for one in plot.above if not isinstance(one, Title)]
    lines = []
    for place, one in enumerate(reversed(found)):
        text = one.text if isinstance(one.text, str) else one.text.text
        kind = "title" if place == 0 else "caption"
        lines.append(f'<p class="{kind}">{escape(text)}</p>')
    return texts.html("".join(lines))


def _pane(plot: Any) -> Any:
    return pn.pane.Bokeh(plot, sizing_mode="stretch_width")
