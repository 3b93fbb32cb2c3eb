"""Colliding pairs in the plane of their two weights on the contested neuron.

`CollisionMap`: all pairs at one moment. `PhasePortrait`: one pair, its way so far, and the three
forces as arrows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Arrow, ColumnDataSource, Range1d, Span, TapTool, VeeHead

from polysem._explorer.live.frames import FORCES, Frame, Opening, Pairs
from polysem._explorer.live.history import History
from polysem._plots.bokeh_canvas import canvas, hover, legend
from polysem._plots.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION

REACH = 1.45  # a weight ends near ±1, and the longest arrow starts there
STATES = {
    "benign": ("benign (opposite sign)", "circle", BLUE),
    "malign": ("malign (same sign)", "square", VERMILLION),
    "resolved": ("resolved: one has left", "x", GREY),
}
FORCE_LOOKS = {
    "feature_benefit": ("feature benefit", GREEN),
    "interference": ("interference", PURPLE),
    "regularisation": ("regularisation", ORANGE),
}
COLLISION_CAPTION = (
    "Every pair of features whose largest starting weight is on the same neuron. Both weights "
    "start small; a benign pair runs into the corner where both stay (top left or bottom right), "
    "of a malign pair one "
    "or both run to zero. Click a pair to see its forces below."
)
PHASE_CAPTION = (
    "The chosen pair on its neuron: its way so far, and the three forces on it now. Lengths of "
    "arrows compare the forces with each other; the longest is drawn at a fixed length."
)
ARROW = 0.4  # length of the longest one


def plane(title: str, x_label: str, y_label: str) -> Any:
    """A square from −`REACH` to `REACH` with a cross at zero."""
    ranges = {f"{axis}_range": Range1d(start=-REACH, end=REACH) for axis in "xy"}
    plot = canvas(title, "", x_label, y_label, height=340, name=title, **ranges)
    for dimension in ("width", "height"):
        plot.add_layout(Span(dimension=dimension, location=0, line_color=GREY, line_width=1))
    return plot


class CollisionMap:
    """All pairs; `chosen` is called with the index of a pair that is clicked."""

    def __init__(self) -> None:
        self.plot = plane(
            "Collisions", "weight of the stronger feature", "weight of the weaker feature"
        )
        self._pairs: Pairs | None = None
        empty = {"x": [], "y": [], "pair": [], "index": []}
        self._sources: Any = {state: ColumnDataSource(dict(empty)) for state in STATES}
        entries = []
        for state, (label, marker, colour) in STATES.items():
            look: Any = {
                "marker": marker, "size": 10, "fill_color": colour, "line_color": colour,
                "fill_alpha": 0.7, "line_width": 2, "nonselection_alpha": 0.7,
            }  # fmt: skip
            dots = self.plot.scatter("x", "y", source=self._sources[state], **look)
            entries.append((label, [dots]))
            hover(self.plot, [dots], [("", "@pair"), ("weights", "@x{0.00}, @y{0.00}")])
        self.plot.add_tools(TapTool())
        legend(self.plot, entries, always=True)

    def on_choice(self, chosen: Any) -> None:
        """Call `chosen(index)` when a pair is clicked."""

        def clicked(state: str) -> Any:
            def answer(_attr: str, _old: Any, new: list[int]) -> None:
                if new:
                    chosen(int(self._sources[state].data["index"][new[0]]))

            return answer

        for state, source in self._sources.items():
            source.selected.on_change("indices", clicked(state))

    def open(self, opening: Opening) -> None:
        """For a new network."""
        self._pairs = opening.pairs
        self._names = np.array([opening.pairs.name(i) for i in range(len(opening.pairs))])

    def show(self, frame: Frame) -> None:
        """Show one moment."""
        assert self._pairs is not None
        for state, mask in state_masks(self._pairs, frame.resolved).items():
            at = np.flatnonzero(mask)
            self._sources[state].data = {
                "x": frame.weights[at, 0],
                "y": frame.weights[at, 1],
                "pair": self._names[at].tolist(),
                "index": at,
            }


def state_masks(pairs: Pairs, resolved: np.ndarray) -> dict[str, np.ndarray]:
    """Which pairs are benign, malign, resolved: state → (pairs,)."""
    benign = pairs.benign
    return {"benign": benign & ~resolved, "malign": ~benign & ~resolved, "resolved": resolved}


class PhasePortrait:
    """One pair: way, place and forces."""

    def __init__(self) -> None:
        self.plot = plane("Phase portrait of one pair", " ", " ")
        self._way = ColumnDataSource({"x": [], "y": []})
        self._here = ColumnDataSource({"x": [], "y": []})
        columns = ("x0", "y0", "x1", "y1")
        self._arrows = {name: ColumnDataSource({c: [] for c in columns}) for name in FORCES}
        way = self.plot.line("x", "y", source=self._way, color=GREY, line_width=2)
        here = self.plot.scatter("x", "y", source=self._here, color=BLACK, size=10)
        entries = [("way so far", [way]), ("now", [here])]
        for name, (label, colour) in FORCE_LOOKS.items():
            shaft = self.plot.segment(
                "x0", "y0", "x1", "y1", source=self._arrows[name], color=colour, line_width=4
            )
            look: Any = {"line_color": colour, "line_width": 4}
            head = Arrow(
                end=VeeHead(size=12, fill_color=colour, line_color=colour),
                x_start="x0", y_start="y0", x_end="x1", y_end="y1",
                source=self._arrows[name], **look,
            )  # fmt: skip
            self.plot.add_layout(head)
            entries.append((label, [shaft]))
        legend(self.plot, entries, always=True)

    def show(self, pairs: Pairs, index: int, history: History) -> None:
        """Show the pair at this index as it has moved until the moment shown."""
        frame = history.shown
        if frame is None:
            return
        i, j, k = (int(a[index]) for a in (pairs.larger, pairs.smaller, pairs.neuron))
        self.plot.xaxis.axis_label.text = f"weight of feature {i} on neuron {k}"
        self.plot.yaxis.axis_label.text = f"weight of feature {j} on neuron {k}"
        way = history.way(index)
        self._way.data = {"x": way[:, 0], "y": way[:, 1]}
        x, y = frame.weights[index]
        self._here.data = {"x": [x], "y": [y]}
        for name, tip in arrow_tips(frame, index).items():
            self._arrows[name].data = {"x0": [x], "y0": [y], "x1": [tip[0]], "y1": [tip[1]]}


def arrow_tips(frame: Frame, index: int) -> dict[str, np.ndarray]:
    """Where the three arrows of a pair end: name → (2,). The longest has the length `ARROW`."""
    longest = max(float(np.hypot(*frame.forces[name][index])) for name in FORCES)
    factor = ARROW / longest if longest > 0 else 0.0
    return {name: frame.weights[index] + factor * frame.forces[name][index] for name in FORCES}


def forces_in_words(frame: Frame, index: int) -> str:
    """The three forces on both weights as numbers."""
    parts = [
        f"{FORCE_LOOKS[name][0]} {frame.forces[name][index][0]:+.3f}, "
        f"{frame.forces[name][index][1]:+.3f}"
        for name in FORCES
    ]
    return "Forces on the two weights: " + "; ".join(parts) + "."
