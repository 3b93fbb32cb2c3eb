"""The figures of the live view on the page, each with its caption and its text alternative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.described import describe
from polysem._explorer.figures import HALF
from polysem._explorer.live import alternatives, course, planes, weights_map
from polysem._explorer.live.laws import why_none
from polysem._explorer.live.moment import Moment

SELDOM = 4  # moments between two drawings of the slow curves and two descriptions, while it runs


class Figures:
    """`cells` — to lay out; `chosen` is called with the number of a pair that is clicked."""

    def __init__(self, chosen: Callable[[int], Any]) -> None:
        self.weights, self.course = weights_map.WeightsMap(), course.Course()
        self.collisions, self.phase = planes.CollisionMap(), planes.PhasePortrait()
        self.collisions.on_choice(chosen)
        self.pair = pn.widgets.Select(
            label="Pair in the phase portrait", options={}, sizing_mode="stretch_width"
        )
        self.forces, self.laws_note = texts.html(""), texts.html("")
        first, second = self.course.plots
        self.cells = [
            _cell(self.weights.plot, weights_map.CAPTION),
            _cell(self.collisions.plot, planes.COLLISION_CAPTION),
            _cell(self.phase.plot, planes.PHASE_CAPTION),
            _cell(second, course.CAPTION),
        ]
        self.cells[2].insert(0, self.pair)
        self.cells[2].append(self.forces)
        self.cells[3].insert(0, pn.pane.Bokeh(first, sizing_mode="stretch_width"))
        self.cells[3].append(self.laws_note)
        for plot in (self.weights, self.collisions, self.phase):
            describe(plot.plot, f"{plot.plot.name}: nothing to show before a run.")
        for plot in self.course.plots:
            describe(plot, f"{plot.name}: nothing to show before a run.")

    def first(self, now: Moment) -> None:
        """The weights at the start, alone."""
        self.weights.open(now.opening, *now.frame.picture.shape)
        self.weights.show(now.frame)

    def open(self, now: Moment) -> None:
        """A network starts: axes, and the pairs to choose from."""
        self.weights.open(now.opening, *now.history.frames[0].picture.shape)
        self.collisions.open(now.opening)
        self.course.open(now.settings.flows)
        if now.laws is not None:
            self.course.draw(now.laws)
        self.laws_note.object = texts.paragraph(why_none(now.settings), "caption")
        pairs = now.opening.pairs
        self.pair.options = {pairs.name(i): i for i in range(len(pairs))}
        self.pair.value = now.pair

    def show(self, now: Moment, *, all_of_it: bool) -> None:
        """Show a moment; the slow curves and the descriptions only sometimes unless `all_of_it`."""
        self.weights.show(now.frame)
        self.collisions.show(now.frame)
        self.show_pair(now)
        if all_of_it or now.history.at % SELDOM == 0:
            self.course.show(now.history)
            self._describe(now)

    def show_pair(self, now: Moment) -> None:
        """Show the chosen pair."""
        self.phase.show(now.opening.pairs, now.pair, now.history)
        said = planes.forces_in_words(now.frame, now.pair)
        self.forces.object = texts.paragraph(said, "caption")

    def _describe(self, now: Moment) -> None:
        describe(self.weights.plot, alternatives.weights(now))
        describe(self.collisions.plot, alternatives.collisions(now))
        describe(self.phase.plot, alternatives.phase(now))
        for plot, quantity in zip(self.course.plots, course.QUANTITIES, strict=True):
            describe(plot, alternatives.course(now, quantity))


def _cell(plot: Any, caption: str) -> Any:
    return pn.Column(
        pn.pane.Bokeh(plot, sizing_mode="stretch_width"),
        texts.html(texts.paragraph(caption, "caption")),
        styles=HALF,
        margin=0,
    )
