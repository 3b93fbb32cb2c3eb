"""The figure of a claim: points with intervals and lines, as its panel says.

Data: a `Panel` of `polysem._claims.panel`.
"""

from __future__ import annotations

import math
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

from polysem._plots.claims_places import (
    band,
    colours,
    intervals,
    places,
    x_ticks,
    y_ends,
)
from polysem._plots.colours import GREY, PALE

MEASURED, THEORY = ("-", "solid"), (("--", "dashed"), (":", "dotted"), ("-.", "dotdash"))
MARKERS = (("o", "circle"), ("s", "square"), ("^", "triangle"), ("D", "diamond"), ("P", "plus"))
NOTHING = "Too few data to draw."
LONG_WORDS = 60  # letters along the axis, from which on they are turned


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
    dash: tuple[str, str]


def prepare(panel: Any) -> list[Drawn]:
    """Places of words as numbers, intervals as arrays, a colour and a marker for each."""
    found, theory = [], cycle(THEORY)
    for i, (series, x, colour) in enumerate(
        zip(panel.series, places(panel), colours(panel), strict=True)
    ):
        y, (low, high) = np.array(series.y, float), intervals(panel, series)
        kept = np.isfinite(y) & (x > 0 if panel.x_log else True) & (y > 0 if panel.y_log else True)
        bars, marker = series.low is not None, MARKERS[i % len(MARKERS)]
        found.append(
            Drawn(
                series.name, x[kept], y[kept], low[kept], high[kept], bars, series.line, colour,
                marker, MEASURED if bars else THEORY[0] if series.like else next(theory),
            )
        )  # fmt: skip
    return [series for series in found if series.x.size]


def heights(data: list[Drawn]) -> np.ndarray:
    """Everything that is drawn along y."""
    return np.concatenate([v for one in data for v in (one.y, one.low, one.high)])


def draw_mpl(panel: Any) -> Any:
    """Matplotlib figure."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    data = prepare(panel)
    with publication():
        rows = (len(data) + 1) // 2
        figure, ax = new_figure(panel.title, width=5.2, height=3.3 + 0.16 * rows)
        if not data:
            say_nothing_to_show(ax, NOTHING)
            return figure
        ax.set(xlabel=panel.x_label, ylabel=panel.y_label)
        ax.set(xscale="log" if panel.x_log else "linear", yscale="log" if panel.y_log else "linear")
        for one in data:
            _series_mpl(ax, one)
        _ticks_mpl(ax, panel)
        ax.set_ylim(*y_ends(panel, heights(data)))
        if panel.claimed:
            ax.axhspan(*band(panel, *ax.get_ylim()), color=PALE, alpha=0.6, lw=0, zorder=0)
        if len(data) > 1:
            figure.legend(loc="outside lower left", ncols=2 if len(data) > 2 else 1)
    return figure


def _ticks_mpl(ax: Any, panel: Any) -> None:
    """Words, or numbers as people write them, also on logarithmic axes."""
    from matplotlib.ticker import NullLocator

    from polysem._plots.mpl import plain_log

    for axis, log in ((ax.xaxis, panel.x_log), (ax.yaxis, panel.y_log)):
        if log:
            plain_log(axis)
    if at := x_ticks(panel):
        ax.set_xticks(at, [f"{x:.3g}" for x in at])
        ax.xaxis.set_minor_locator(NullLocator())
    if panel.words:
        turned = sum(map(len, panel.words)) > LONG_WORDS
        side = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if turned else {}
        ax.set_xticks(range(len(panel.words)), panel.words, **side)
        ax.set_xlim(-0.5, len(panel.words) - 0.5)


def _series_mpl(ax: Any, one: Drawn) -> None:
    if not one.bars:
        style = one.dash[0] if one.line else one.marker[0]
        ax.plot(one.x, one.y, style, color=one.colour, label=one.name)
        return
    error = [one.y - one.low, one.high - one.y]
    style = one.marker[0] + (one.dash[0] if one.line else "")
    ax.errorbar(one.x, one.y, error, fmt=style, color=one.colour, label=one.name, lw=1, ms=4)


def draw_bokeh(panel: Any) -> Any:
    """Bokeh figure."""
    from bokeh.models import BoxAnnotation

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
        if sum(map(len, words)) > LONG_WORDS:
            plot.xaxis.major_label_orientation = math.pi / 5
    if at := x_ticks(panel):
        plot.xaxis.ticker = at
        plot.xaxis.major_label_overrides = {x: f"{x:.3g}" for x in at}
    plot.y_range.start, plot.y_range.end = y_ends(panel, heights(data))
    if panel.claimed:
        ends = zip(("bottom", "top"), panel.claimed, strict=True)
        finite: dict[str, Any] = {name: end for name, end in ends if math.isfinite(end)}
        plot.add_layout(BoxAnnotation(**finite, fill_color=PALE, fill_alpha=0.6, level="underlay"))
    entries = [(one.name, _series_bokeh(plot, one)) for one in data]
    legend(plot, entries if len(entries) > 1 else [])
    plot.axis.axis_line_color = GREY
    return plot


def _series_bokeh(plot: Any, one: Drawn) -> list[Any]:
    from polysem._plots.bokeh_canvas import hover, source

    table = source(x=one.x, y=one.y, low=one.low, high=one.high)
    drawn = []
    if one.line:
        style = {"color": one.colour, "line_dash": one.dash[1], "line_width": 2}
        drawn.append(plot.line("x", "y", source=table, **style))
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
