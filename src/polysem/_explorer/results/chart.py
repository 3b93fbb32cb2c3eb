"""The figure of a result, whose points can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.models import GlyphRenderer, Plot, TapTool

from polysem._explorer import texts
from polysem._explorer.figures import figure_cells
from polysem._explorer.results.networks import Point
from polysem._plots import sweep as figure
from polysem._plots.colours import BLACK
from polysem._plots.sweep_choice import Choice
from polysem._report.sweep_page import caption

Key = tuple[str, str, str]
"""Panel, colour and place of a point, as the figure names them."""


class Chart:
    """`layout` — to lay out; `clicked(key)` is called for a point that is clicked."""

    def __init__(self, clicked: Callable[[Key], Any]) -> None:
        self._clicked = clicked
        self._points: list[tuple[str, str, Any]] = []
        self._marking = False
        self.layout = pn.Column(sizing_mode="stretch_width", margin=0)

    def show(self, drawn: Any, choice: Choice, alone: bool) -> None:
        """Show the drawing of a choice; `alone` — every point is one network."""
        self._points = []
        for renderer in drawn.select({"type": GlyphRenderer}):
            renderer.nonselection_glyph = renderer.selection_glyph = renderer.glyph
            if renderer.tags and renderer.tags[0] == figure.POINTS:
                self._points.append((*renderer.tags[1:], renderer.data_source))
                renderer.selection_glyph = _ringed(renderer.glyph)
                renderer.data_source.selected.on_change("indices", self._answer(renderer))
        for plot in drawn.select({"type": Plot}):
            plot.add_tools(TapTool())
        words, alt = caption(choice)
        words = words.replace("Mean over seeds of:", "One point per network:") if alone else words
        self.layout[:] = [figure_cells(drawn), texts.html(texts.figure_words(words, alt))]

    def _answer(self, renderer: Any) -> Any:
        panel, colour = renderer.tags[1:]
        source = renderer.data_source

        def answer(_attr: str, _old: Any, new: list[int]) -> None:
            if new and not self._marking:
                self._clicked((panel, colour, source.data["x"][new[0]]))

        return answer

    def mark(self, point: Point | None) -> None:
        """Put a ring around a point, and around no other."""
        self._marking = True
        for panel, colour, source in self._points:
            here: list[int] = []
            if point is not None and point.key[:2] == (panel, colour):
                here = [i for i, x in enumerate(source.data["x"]) if x == point.key[2]]
            if source.selected.indices != here:
                source.selected.indices = here
        self._marking = False


def _ringed(glyph: Any) -> Any:
    """What is chosen gets a ring."""
    ring = glyph.clone()
    ring.size, ring.line_color, ring.line_width = 16, BLACK, 3
    return ring
