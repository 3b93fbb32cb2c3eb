"""Polysemantic neurons against m for several λ, one panel per method, log-log.

Data: a frame with columns `method`, `l1`, `m`, `seed`, `polysemantic`. The curve is the mean over
seeds, the band their interquartile range. What is 0 cannot stand on a log axis: a mean of 0 is
drawn as the 95 % upper limit of the mean, and a band whose lower end is 0 runs out of the figure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import BLUE, CYCLE, GREEN, GREY, VERMILLION
from polysem._plots.counts_data import ZERO_LABEL, Law, summarise, theory
from polysem._plots.labels import seeds_phrase, settings_line
from polysem._plots.ranges import doublings, log_range, positive

TITLE = "Polysemantic neurons for several λ"
X_LABEL, Y_LABEL = "neurons m", "polysemantic neurons per network"
BAND_LABEL = "band: middle half of the seeds"
COLOURS = (BLUE, VERMILLION, GREEN, *CYCLE[3:])
LAWS_SHOWN = ("n²/4m", "signed balls in bins")


class Curve(NamedTuple):
    """One λ: mean, quartiles and upper limit of the mean; arrays (sizes,)."""

    l1: float
    colour: str
    m: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    limit: np.ndarray

    @property
    def zero(self) -> np.ndarray:
        """True where no polysemantic neuron was seen."""
        return self.mean == 0


class Curves(NamedTuple):
    """Curves by method, and what all panels share."""

    methods: dict[str, list[Curve]]
    laws: list[Law]
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    ticks: list[float]
    subtitle: str


def prepare(frame: Any, n: int, note: str = "") -> Curves:
    """Mean, quartiles and upper limits for every method, λ and m."""
    frame = frame.dropna(subset=["polysemantic"])
    strengths = sorted(frame["l1"].unique())
    colours = dict(zip(strengths, COLOURS * (1 + len(strengths)), strict=False))
    methods: dict[str, list[Curve]] = {name: [] for name in dict.fromkeys(frame["method"])}
    seeds = []
    for (name, l1), part in frame.groupby(["method", "l1"]):
        curve = _curve(part, float(l1), colours[l1])
        methods[str(name)].append(curve)
        seeds += part.groupby("m").size().tolist()
    x_ends = log_range(frame["m"], margin=1.1)
    laws = [law for law in theory(n, *x_ends) if law.name in LAWS_SHOWN]
    every = [c for group in methods.values() for c in group]
    drawn = [v for c in every for v in (c.mean, c.high, c.limit[c.zero], 0.5 * c.mean)]
    y_ends = log_range(*drawn, *(law.count for law in laws))
    line = settings_line(n, None, None, seeds_phrase(seeds), note)
    return Curves(methods, laws, x_ends, y_ends, doublings(frame["m"]), line)


def _curve(part: Any, l1: float, colour: str) -> Curve:
    means = summarise(part, "", colour, ("o", "circle"), 1.0)
    quartiles = part.groupby("m")["polysemantic"].quantile([0.25, 0.75]).unstack()
    low, high = (quartiles[q].to_numpy(float) for q in (0.25, 0.75))
    return Curve(l1, colour, means.m, means.mean, low, high, means.high)


def draw_mpl(frame: Any, n: int, *, note: str = "") -> Any:
    """Matplotlib figure: one panel per method."""
    from polysem._plots.mpl import new_figure, publication

    data = prepare(frame, n, note)
    count = max(len(data.methods), 1)
    with publication():
        figure, axes = new_figure(
            TITLE,
            data.subtitle,
            width=max(3.3 * count, 4.6),
            height=3.3,
            ncols=count,
            sharey=True,
            squeeze=False,
        )
        for ax, (name, curves) in zip(axes[0], data.methods.items(), strict=False):
            paint(ax, data, curves)
            ax.set_title(name, loc="left")
        axes[0, 0].set_ylabel(Y_LABEL)
    return figure


def paint(ax: Any, data: Curves, curves: list[Curve]) -> None:
    """Draw the curves of one method into Matplotlib axes."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ax.set(xscale="log", yscale="log", xlabel=X_LABEL, xlim=data.x_ends, ylim=data.y_ends)
    for law in data.laws:
        ax.plot(law.m, law.count, law.look.style, color=law.look.colour, lw=1, label=law.name)
    for curve in curves:
        low = np.maximum(curve.low, data.y_ends[0])
        ax.fill_between(curve.m, low, curve.high, color=curve.colour, alpha=0.18, lw=0)
        ax.plot(
            curve.m,
            positive(curve.mean),
            "o-",
            color=curve.colour,
            markersize=3,
            label=f"λ = {curve.l1:g}",
        )
        ax.plot(
            curve.m[curve.zero],
            curve.limit[curve.zero],
            "v",
            color=curve.colour,
            markerfacecolor="none",
        )
    if any(curve.zero.any() for curve in curves):
        ax.plot([], [], "v", color=GREY, markerfacecolor="none", label=ZERO_LABEL)
    ax.xaxis.set_major_locator(FixedLocator(data.ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.grid(True)
    ax.legend(loc="best")


def draw_bokeh(frame: Any, n: int, *, note: str = "") -> Any:
    """Bokeh layout: one figure per method, zoomed together."""
    from bokeh.layouts import column

    data = prepare(frame, n, note)
    plots: list[Any] = []
    for name, curves in data.methods.items():
        ranges = {"x_range": data.x_ends, "y_range": data.y_ends}
        if plots:
            ranges = {"x_range": plots[0].x_range, "y_range": plots[0].y_range}
        plots.append(_bokeh_panel(data, name, curves, ranges))
    return column(*plots, sizing_mode="stretch_width")


def _bokeh_panel(data: Curves, name: str, curves: list[Curve], ranges: dict[str, Any]) -> Any:
    from polysem._plots.bokeh_canvas import canvas, legend

    plot = canvas(
        f"Several λ: {name}",
        f"{data.subtitle}; {BAND_LABEL}",
        X_LABEL,
        Y_LABEL,
        x_axis_type="log",
        y_axis_type="log",
        **ranges,
    )
    plot.xaxis.ticker = data.ticks
    plot.xaxis.major_label_overrides = {tick: f"{tick:,.0f}" for tick in data.ticks}
    entries = []
    for law in data.laws:
        line = plot.line(
            law.m, law.count, color=law.look.colour, line_dash=law.look.dash, line_width=2
        )
        entries.append((law.name, [line]))
    entries += [(f"λ = {c.l1:g}", _bokeh_curve(plot, c, data.y_ends[0])) for c in curves]
    if any(curve.zero.any() for curve in curves):
        key = plot.scatter(
            [np.nan], [np.nan], marker="inverted_triangle", size=9, fill_color=None, line_color=GREY
        )
        entries.append((ZERO_LABEL, [key]))
    legend(plot, entries)
    return plot


def _bokeh_curve(plot: Any, curve: Curve, floor: float) -> list[Any]:
    from polysem._plots.bokeh_canvas import hover, source

    table = source(
        m=curve.m,
        mean=curve.mean,
        shown=positive(curve.mean),
        low=curve.low,
        high=curve.high,
        clipped=np.maximum(curve.low, floor),
        limit=curve.limit,
    )
    band = plot.varea("m", "clipped", "high", source=table, color=curve.colour, alpha=0.18)
    line = plot.line("m", "shown", source=table, color=curve.colour, line_width=2)
    points = plot.scatter("m", "shown", source=table, color=curve.colour, size=6)
    limits = plot.scatter(
        curve.m[curve.zero],
        curve.limit[curve.zero],
        size=9,
        fill_color=None,
        marker="inverted_triangle",
        line_color=curve.colour,
    )
    rows = [
        ("λ", f"{curve.l1:g}"),
        ("m", "@m{0,0}"),
        ("mean", "@mean{0.000}"),
        ("middle half of the seeds", "@low{0.0} – @high{0.0}"),
    ]
    hover(plot, [points], rows)
    return [band, line, points, limits]
