"""The figure of a claim: points with intervals and lines, as its panel says.

Data: a `Panel` of `polysem._claims.panel`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import CYCLE, GREY

MARKERS = (("o", "circle"), ("s", "square"), ("^", "triangle"), ("D", "diamond"), ("P", "plus"))
SPREAD = 0.08  # between series at one categorical place
NOTHING = "Too few data to draw."


class Drawn(NamedTuple):
    """One series as both libraries need it; arrays (points,)."""

    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bars: bool
    line: bool
    colour: str
    marker: tuple[str, str]


def prepare(panel: Any) -> list[Drawn]:
    """Places of words as numbers, intervals as arrays, a colour and a marker for each."""
    words = panel.words
    found = []
    for i, series in enumerate(panel.series):
        shift = SPREAD * (i - (len(panel.series) - 1) / 2) if words else 0.0
        x = [words.index(place) + shift if words else float(place) for place in series.x]
        y = np.array(series.y, float)
        low = y if series.low is None else np.array(series.low, float)
        high = y if series.high is None else np.array(series.high, float)
        kept = np.isfinite(y) & (np.array(x) > 0 if panel.x_log else True)
        kept &= (y > 0) if panel.y_log else True
        floor = y * 1e-3 if panel.y_log else low
        low = np.where(np.isfinite(low), np.maximum(low, floor) if panel.y_log else low, y)
        high = np.where(np.isfinite(high), high, y)
        found.append(
            Drawn(
                series.name,
                np.array(x)[kept],
                y[kept],
                low[kept],
                high[kept],
                series.low is not None,
                series.line,
                CYCLE[i % len(CYCLE)],
                MARKERS[i % len(MARKERS)],
            )
        )
    return [series for series in found if series.x.size]


def draw_mpl(panel: Any) -> Any:
    """Matplotlib figure."""
    from polysem._plots.mpl import legend_if_any, new_figure, publication, say_nothing_to_show

    data = prepare(panel)
    with publication():
        figure, ax = new_figure(panel.title, width=5.2, height=3.6)
        if not data:
            say_nothing_to_show(ax, NOTHING)
            return figure
        ax.set(xlabel=panel.x_label, ylabel=panel.y_label)
        ax.set(xscale="log" if panel.x_log else "linear", yscale="log" if panel.y_log else "linear")
        for one in data:
            _series_mpl(ax, one)
        if panel.words:
            turned = sum(map(len, panel.words)) > 60
            ax.set_xticks(range(len(panel.words)), panel.words, rotation=35 if turned else 0)
            ax.set_xlim(-0.5, len(panel.words) - 0.5)
        legend_if_any(ax, loc="best", fontsize=7)
    return figure


def _series_mpl(ax: Any, one: Drawn) -> None:
    if not one.bars:
        ax.plot(one.x, one.y, "--" if one.line else one.marker[0], color=one.colour, label=one.name)
        return
    error = [one.y - one.low, one.high - one.y]
    style = one.marker[0] + ("-" if one.line else "")
    ax.errorbar(one.x, one.y, error, fmt=style, color=one.colour, label=one.name, lw=1, ms=4)


def draw_bokeh(panel: Any) -> Any:
    """Bokeh figure."""
    from polysem._plots.bokeh_canvas import canvas, legend, nothing_to_show

    data = prepare(panel)
    if not data:
        return nothing_to_show(panel.title, "", NOTHING)
    plot = canvas(
        panel.title, "", panel.x_label, panel.y_label, height=400,
        x_axis_type="log" if panel.x_log else "linear",
        y_axis_type="log" if panel.y_log else "linear",
    )  # fmt: skip
    words = panel.words
    if words:
        plot.xaxis.ticker = list(range(len(words)))
        plot.xaxis.major_label_overrides = dict(enumerate(words))
        plot.x_range.start, plot.x_range.end = -0.5, len(words) - 0.5
        if sum(map(len, words)) > 60:
            plot.xaxis.major_label_orientation = math.pi / 5
    legend(plot, [(one.name, _series_bokeh(plot, one)) for one in data])
    plot.axis.axis_line_color = GREY
    return plot


def _series_bokeh(plot: Any, one: Drawn) -> list[Any]:
    from polysem._plots.bokeh_canvas import hover, source

    table = source(x=one.x, y=one.y, low=one.low, high=one.high)
    drawn = []
    if one.line:
        dash = "solid" if one.bars else "dashed"
        drawn.append(
            plot.line("x", "y", source=table, color=one.colour, line_dash=dash, line_width=2)
        )
    if one.bars or not one.line:
        drawn.append(
            plot.segment("x", "low", "x", "high", source=table, color=one.colour, line_width=1.5)
        )
        dots = plot.scatter("x", "y", source=table, marker=one.marker[1], size=8, color=one.colour)
        rows = [
            ("", one.name),
            ("value", "@y{0.0000}"),
            ("interval", "@low{0.0000} – @high{0.0000}"),
        ]
        hover(plot, [dots], rows)
        drawn.append(dots)
    return drawn
