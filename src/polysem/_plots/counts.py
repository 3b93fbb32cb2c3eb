"""Polysemantic neurons against m: means with exact Poisson intervals, theory, published points.

Data: a frame with columns `method` ("gradient flow", "authors' recipe", …), `m`, `seed`,
`polysemantic`. `published`, if given: a frame with columns `m`, `count`. A mean of zero cannot
stand on a log axis; it is drawn as the 95 % upper limit of the mean with an arrow down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._plots.colours import GREY
from polysem._plots.counts_data import ZERO_LABEL, Counts, Method, prepare

TITLE = "Polysemantic neurons against m"
X_LABEL, Y_LABEL = "neurons m", "polysemantic neurons per network"
PUBLISHED_LABEL = "published"


def draw_mpl(
    frame: Any, n: int, *, published: Any = None, l1: float | str | None = None, note: str = ""
) -> Any:
    """Matplotlib figure on log-log axes."""
    from polysem._plots.mpl import new_figure, publication

    data = prepare(frame, n, published, l1, note)
    with publication():
        figure, ax = new_figure(TITLE, data.subtitle, width=5.2, height=3.8)
        paint(ax, data)
    return figure


def paint(ax: Any, data: Counts) -> None:
    """Draw into Matplotlib axes."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ax.set(xscale="log", yscale="log", xlabel=X_LABEL, ylabel=Y_LABEL)
    ax.set(xlim=data.x_ends, ylim=data.y_ends)
    for law in data.laws:
        ax.plot(law.m, law.count, law.look.style, color=law.look.colour, lw=1.2, label=law.name)
    if data.published is not None:
        ax.plot(
            *data.published,
            "o",
            color="black",
            markerfacecolor="none",
            markersize=6,
            label=PUBLISHED_LABEL,
            zorder=4,
        )
    for method in data.methods:
        _points_mpl(ax, method)
    if data.any_zero:
        ax.plot([], [], "v", color=GREY, markerfacecolor="none", label=ZERO_LABEL)
    ax.xaxis.set_major_locator(FixedLocator(data.ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.grid(True)
    ax.legend(loc="best")


def _points_mpl(ax: Any, method: Method) -> None:
    seen = ~method.zero
    error = [method.mean - method.low, method.high - method.mean]
    ax.errorbar(
        method.x[seen],
        method.mean[seen],
        [e[seen] for e in error],
        fmt=method.marker[0],
        color=method.colour,
        label=method.name,
        lw=1,
        zorder=3,
    )
    x, limit = method.x[method.zero], method.high[method.zero]
    ax.errorbar(
        x,
        limit,
        0.4 * limit,
        uplims=True,
        fmt="v",
        markerfacecolor="none",
        color=method.colour,
        lw=1,
    )


def draw_bokeh(
    frame: Any, n: int, *, published: Any = None, l1: float | str | None = None, note: str = ""
) -> Any:
    """Bokeh figure on log-log axes."""
    from polysem._plots.bokeh_canvas import canvas, hover, legend, source

    data = prepare(frame, n, published, l1, note)
    plot = canvas(
        TITLE,
        data.subtitle,
        X_LABEL,
        Y_LABEL,
        height=460,
        x_axis_type="log",
        y_axis_type="log",
        x_range=data.x_ends,
        y_range=data.y_ends,
    )
    plot.xaxis.ticker = data.ticks
    plot.xaxis.major_label_overrides = {tick: f"{tick:,.0f}" for tick in data.ticks}
    entries = []
    for law in data.laws:
        line = plot.line(
            law.m, law.count, color=law.look.colour, line_dash=law.look.dash, line_width=2
        )
        entries.append((law.name, [line]))
    entries += [(method.name, _points_bokeh(plot, method)) for method in data.methods]
    if data.any_zero:
        key = plot.scatter(
            [np.nan], [np.nan], marker="inverted_triangle", size=9, fill_color=None, line_color=GREY
        )
        entries.append((ZERO_LABEL, [key]))
    if data.published is not None:
        m, count = data.published
        rings = plot.scatter(
            "m",
            "count",
            source=source(m=m, count=count),
            size=10,
            fill_color=None,
            line_color="black",
            line_width=1.5,
        )
        hover(plot, [rings], [("", PUBLISHED_LABEL), ("m", "@m{0,0}"), ("count", "@count{0.00}")])
        entries.append((PUBLISHED_LABEL, [rings]))
    legend(plot, entries)
    return plot


def _points_bokeh(plot: Any, method: Method) -> list[Any]:
    """Points with their intervals; hollow triangles with a line down where none was seen."""
    from polysem._plots.bokeh_canvas import hover, source

    drawn = []
    for chosen, marker in ((~method.zero, method.marker[1]), (method.zero, "inverted_triangle")):
        none_seen = marker == "inverted_triangle"
        mean, high = method.mean[chosen], method.high[chosen]
        table = source(
            m=method.m[chosen],
            x=method.x[chosen],
            mean=mean,
            low=method.low[chosen],
            high=high,
            place=high if none_seen else mean,
            seeds=method.seeds[chosen],
            bottom=0.6 * high if none_seen else method.low[chosen],
        )
        bars = plot.segment(
            "x", "bottom", "x", "high", source=table, color=method.colour, line_width=1.5
        )
        points = plot.scatter(
            "x",
            "place",
            source=table,
            marker=marker,
            size=9,
            line_color=method.colour,
            fill_color=None if none_seen else method.colour,
        )
        rows = [
            ("", method.name),
            ("m", "@m{0,0}"),
            ("mean", "@mean{0.000}"),
            ("95 % interval", "@low{0.000} – @high{0.000}"),
            ("seeds", "@seeds"),
        ]
        hover(plot, [points], rows)
        drawn += [bars, points]
    return drawn
