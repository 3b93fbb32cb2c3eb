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
    panes = [pn.Column(_said(take_titles(plot)), _pane(plot), margin=0) for plot in plots_of(drawn)]
    words = texts.html(texts.figure_words(caption, alt))
    return pn.Column(*panes, words, **{"margin": 0, "sizing_mode": "stretch_width", **options})


def figure_cells(drawn: Any) -> Any:
    """Small multiples: figures beside each other where there is room. Titles "what: where" say what
    once, above all of them."""
    plots = plots_of(drawn)
    said = [take_titles(plot) for plot in plots]
    what = {lines[0].partition(": ")[0] for lines in said if lines}
    above = []
    if len(plots) > 1 and len(what) == 1 and len({tuple(lines[1:]) for lines in said}) == 1:
        above = [what.pop(), *said[0][1:]]
        said = [[lines[0].partition(": ")[2]] for lines in said]
    cells = [
        pn.Column(_said(lines), _pane(plot), margin=0, styles=THIRD)
        for plot, lines in zip(plots, said, strict=True)
    ]
    return pn.Column(
        _said(above), pn.FlexBox(*cells, sizing_mode="stretch_width"),
        sizing_mode="stretch_width", margin=0,
    )  # fmt: skip


def plots_of(drawn: Any) -> list[Any]:
    """The figures of a layout."""
    if isinstance(drawn, Plot):
        return [drawn]
    below = [child for child in drawn.children if isinstance(child, LayoutDOM)]
    return [plot for child in below for plot in plots_of(child)]


def take_titles(plot: Any) -> list[str]:
    """The titles of a figure, from the top; the figure keeps none."""
    found = [one for one in plot.above if isinstance(one, Title)]
    plot.above = [one for one in plot.above if not isinstance(one, Title)]
    return [one.text if isinstance(one.text, str) else one.text.text for one in found[::-1]]


def _said(lines: list[str]) -> Any:
    kinds = ["title", *["caption"] * len(lines)]
    said = [f'<p class="{kind}">{escape(text)}</p>' for kind, text in zip(kinds, lines)]  # noqa: B905
    return texts.html("".join(said))


def _pane(plot: Any) -> Any:
    return pn.pane.Bokeh(plot, sizing_mode="stretch_width")
