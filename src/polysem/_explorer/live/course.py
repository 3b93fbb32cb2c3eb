"""‖W‖₁ and m' so far, on log axes, with theory's laws beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Range1d, Span

from polysem._explorer.live.frames import Frame
from polysem._explorer.live.history import History
from polysem._explorer.live.laws import Laws
from polysem._plots.bokeh_canvas import canvas, hover, legend
from polysem._plots.colours import BLUE, CORRECTED, GREY, TEXTBOOK

MEASURED = "measured, mean over features"
LOOKS = {"textbook law": TEXTBOOK, "corrected law": CORRECTED}
QUANTITIES = {"l1_norm": "‖W‖₁ of a feature", "m_prime": "nonzero weights of a feature, m'"}
CAPTION = (
    "How encodings become sparse: the ℓ1 norm of a feature's encoding, and how many weights it has "
    "left; 1 means one neuron per feature. The laws are not fitted; they leave interference out."
)


class Course:
    """Two figures; `plots` in order ‖W‖₁, m'."""

    def __init__(self) -> None:
        self._measured: Any = ColumnDataSource({"t": [], **{name: [] for name in QUANTITIES}})
        self._laws: Any = {
            n: ColumnDataSource({"t": [], **{q: [] for q in QUANTITIES}}) for n in LOOKS
        }
        self._now: list[Span] = []
        self.plots = [self._plot(name) for name in QUANTITIES]

    def _plot(self, name: str) -> Any:
        scales = {"x_axis_type": "log", "y_axis_type": "log"}
        scales |= {f"{axis}_range": Range1d(start=0.1, end=1000) for axis in "xy"}
        plot = canvas(
            QUANTITIES[name],
            "",
            "time t",
            QUANTITIES[name],
            height=270,
            name=QUANTITIES[name],
            **scales,
        )
        entries = []
        for law, look in LOOKS.items():
            line = plot.line(
                "t", name, source=self._laws[law], color=look.colour,
                line_dash=look.dash, line_width=2,
            )  # fmt: skip
            entries.append((law, [line]))
        line = plot.line("t", name, source=self._measured, color=BLUE, line_width=3)
        dots = plot.scatter("t", name, source=self._measured, color=BLUE, size=4)
        hover(plot, [dots], [("t", "@t{0.[000]}"), (QUANTITIES[name], f"@{name}{{0.[000]}}")])
        now = Span(dimension="height", location=0.1, line_color=GREY, line_dash="dotted")
        plot.add_layout(now)
        self._now.append(now)
        entries = [(MEASURED, [line, dots]), *entries]
        legend(plot, entries, always=True)
        return plot

    def open(self, flows: bool) -> None:
        """Empty, for a new network."""
        self.draw(Laws(()))
        self._measured.data = {"t": [], **{name: [] for name in QUANTITIES}}
        for plot in self.plots:
            plot.xaxis.axis_label.text = "flow time t" if flows else "steps"

    def draw(self, laws: Laws) -> None:
        """Draw the laws."""
        empty = {"t": [], **{name: [] for name in QUANTITIES}}
        for source in self._laws.values():
            source.data = empty
        for law in laws.laws:
            self._laws[law.name].data = {
                "t": law.t,
                "l1_norm": law.l1_norm,
                "m_prime": law.m_prime,
            }

    def show(self, history: History) -> None:
        """Everything known, and where we are in it. The start has no place on a log axis."""
        later = [frame for frame in history.frames if frame.t > 0]
        if len(later) != len(self._measured.data["t"]):
            self._measured.data = {
                "t": np.array([frame.t for frame in later]),
                **{q: np.array([getattr(frame, q) for frame in later]) for q in QUANTITIES},
            }
        self._fit(later)
        shown = history.shown
        for now in self._now:
            now.location = max(shown.t if shown else 0, 1e-3)

    def _fit(self, frames: list[Frame]) -> None:
        """Axes around what was measured; a law may run out of them. They stay while nothing is."""
        if not frames:
            return
        for plot, name in zip(self.plots, QUANTITIES, strict=True):
            for axis, values in (
                (plot.x_range, [frame.t for frame in frames]),
                (plot.y_range, [getattr(frame, name) for frame in frames]),
            ):
                seen = [value for value in values if value > 0] or [1.0]
                axis.start, axis.end = min(seen) / 1.4, max(seen) * 1.4
