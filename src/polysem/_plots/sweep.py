"""A sweep drawn: means over seeds against one axis, a colour for the values of a second, a panel
for those of a third; theory's expected counts where the picture is about them.

Data: the table of a sweep as pandas, a `Choice` of columns (`sweep_choice.choose`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._plots.colours import GREY
from polysem._plots.counts_data import ZERO_LABEL
from polysem._plots.sweep_choice import Choice
from polysem._plots.sweep_data import (
    ONE_LAW,
    LawLine,
    Panel,
    Picture,
    prepare,
)
from polysem._plots.sweep_scales import Points, Scale

ACROSS = 3  # panels in a row
POINTS = "points"  # first tag of the Bokeh renderers of points; then panel and colour in words
LAW_KEY = f"theory: {ONE_LAW}"


def draw_mpl(frame: Any, choice: Choice, *, note: str = "") -> Any:
    """Matplotlib figure: one panel per value of `choice.facet`."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    data = prepare(frame, choice, note)
    count = max(len(data.panels), 1)
    columns = min(ACROSS, count) if count != 4 else 2
    rows = -(-count // columns)
    with publication():
        size = {"width": 5.4, "height": 3.8}
        if count > 1:
            size = {"width": 2.9 * columns + 0.6, "height": 2.5 * rows + 1.1}
        figure, axes = new_figure(
            data.title, data.subtitle if count > 1 else "",
            nrows=rows, ncols=columns, sharex=True, sharey=True, squeeze=False, **size,
        )  # fmt: skip
        for ax, panel in zip(axes.flat, data.panels, strict=False):
            paint(ax, data, panel)
            ax.set_title(panel.title or data.subtitle, loc="left", **({} if count > 1 else SMALL))
            if not panel.points:
                say_nothing_to_show(ax, "No network could be counted.")
        for ax in axes.flat[count:]:
            ax.set_axis_off()
        for ax in axes[:, 0]:
            ax.set_ylabel(data.y.label)
        for ax in axes.flat[max(0, count - columns) : count]:
            ax.set_xlabel(data.x.label)
            ax.tick_params(labelbottom=True)
        _legend_mpl(figure, axes.flat[0], data)
    return figure


SMALL: dict[str, Any] = {"color": GREY, "fontsize": 7}


def paint(ax: Any, data: Picture, panel: Panel) -> None:
    """Draw one panel into Matplotlib axes."""
    _scale_mpl(ax, ax.xaxis, "x", data.x)
    _scale_mpl(ax, ax.yaxis, "y", data.y)
    for law in panel.laws:
        label = None if law.label == ONE_LAW and law.look.dash == "dashed" else law.label
        ax.plot(law.place, law.value, law.look.style, color=law.look.colour, lw=1.1, label=label)
    for points in panel.points:
        _points_mpl(ax, points, data.y.log)
    ax.grid(True)


def _points_mpl(ax: Any, points: Points, log: bool) -> None:
    seen = ~points.zero if log else np.ones(len(points.mean), dtype=bool)
    error = np.array([points.mean - points.low, points.high - points.mean])[:, seen]
    ax.errorbar(
        points.place[seen], points.mean[seen], np.nan_to_num(error), fmt=points.marker[0],
        color=points.colour, label=points.label, lw=1, markersize=4, zorder=3,
    )  # fmt: skip
    place, limit = points.place[~seen], points.high[~seen]
    ax.errorbar(
        place, limit, 0.4 * limit, uplims=True, fmt="v", markerfacecolor="none",
        color=points.colour, lw=1,
    )  # fmt: skip


def _scale_mpl(ax: Any, axis: Any, name: str, scale: Scale) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, NullLocator

    ax.set(**{f"{name}scale": "log" if scale.log else "linear", f"{name}lim": scale.ends})
    if scale.ticks:
        axis.set_major_locator(FixedLocator([at for at, _ in scale.ticks]))
        axis.set_major_formatter(FixedFormatter([label for _, label in scale.ticks]))
        axis.set_minor_locator(NullLocator())
    elif scale.log:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _legend_mpl(figure: Any, ax: Any, data: Picture) -> None:
    """One legend for all panels: beside several, inside a single one."""
    from polysem._plots.mpl import legend_if_any

    for label, style in _extra_keys(data):
        ax.plot([], [], label=label, **style)
    shown = {points.label for points in data.panels[0].points} if data.panels else set()
    for points in [points for panel in data.panels[1:] for points in panel.points]:
        if points.label not in shown:  # a colour that the first panel lacks
            shown.add(points.label)
            ax.plot([], [], points.marker[0], color=points.colour, label=points.label)
    if len(data.panels) == 1:
        legend_if_any(ax, loc="best")
    elif len(ax.get_legend_handles_labels()[1]) > 1:
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")


def _extra_keys(data: Picture) -> list[tuple[str, dict[str, Any]]]:
    """What the legend must say beside the lines: limits, and theory in the points' colours."""
    keys: list[tuple[str, dict[str, Any]]] = []
    if _coloured_laws(data):
        keys.append((LAW_KEY, {"color": GREY, "ls": "--"}))
    if data.any_limit:
        keys.append((ZERO_LABEL, {"color": GREY, "marker": "v", "ls": "", "mfc": "none"}))
    return keys


def _coloured_laws(data: Picture) -> bool:
    laws = [law for panel in data.panels for law in panel.laws]
    return any(law.label == ONE_LAW and law.look.dash == "dashed" for law in laws)


def draw_bokeh(frame: Any, choice: Choice, *, note: str = "") -> Any:
    """Bokeh layout: one figure per panel, zoomed together."""
    from bokeh.layouts import column

    from polysem._plots.bokeh_canvas import nothing_to_show

    data = prepare(frame, choice, note)
    plots: list[Any] = []
    for panel in data.panels:
        if not panel.points:
            plots.append(
                nothing_to_show(panel.title or data.title, data.subtitle, "Nothing was counted.")
            )
            continue
        ranges = {"x_range": data.x.ends, "y_range": data.y.ends}
        first = next((plot for plot in plots if plot.renderers), None)
        if first is not None:
            ranges = {"x_range": first.x_range, "y_range": first.y_range}
        plots.append(_bokeh_panel(data, panel, choice, ranges))
    return plots[0] if len(plots) == 1 else column(*plots, sizing_mode="stretch_width")


def _bokeh_panel(data: Picture, panel: Panel, choice: Choice, ranges: dict[str, Any]) -> Any:
    from polysem._plots.bokeh_canvas import canvas, legend

    kinds = {f"{a}_axis_type": "log" if s.log else "linear" for a, s in _axes(data)}
    title = f"{data.title}: {panel.title}" if panel.title else data.title
    plot = canvas(
        title, data.subtitle, data.x.label, data.y.label,
        height=440, **kinds, **ranges,
    )  # fmt: skip
    for axis, scale in ((plot.xaxis, data.x), (plot.yaxis, data.y)):
        if scale.ticks:
            axis.ticker = [at for at, _ in scale.ticks]
            axis.major_label_overrides = dict(scale.ticks)
    entries = [_bokeh_law(plot, law) for law in panel.laws]
    if _coloured_laws(data):
        entries = [(LAW_KEY, [line for _, lines in entries for line in lines])]
    for points in panel.points:
        drawn = _bokeh_points(plot, points, choice, data)
        for one in drawn[1::2]:
            one.tags = [POINTS, panel.title, points.label]
        entries.append((points.label, drawn))
    if data.any_limit:
        key = plot.scatter(
            [np.nan], [np.nan], marker="inverted_triangle", size=9, fill_color=None, line_color=GREY
        )
        entries.append((ZERO_LABEL, [key]))
    legend(plot, entries)
    return plot


def _axes(data: Picture) -> list[tuple[str, Scale]]:
    return [("x", data.x), ("y", data.y)]


def _bokeh_law(plot: Any, law: LawLine) -> tuple[str, list[Any]]:
    line = plot.line(
        law.place, law.value, color=law.look.colour, line_dash=law.look.dash, line_width=2
    )
    return law.label, [line]


def _bokeh_points(plot: Any, points: Points, choice: Choice, data: Picture) -> list[Any]:
    """Points with their intervals; hollow triangles where a mean of zero has no place."""
    from polysem._plots.bokeh_canvas import hover, source

    drawn = []
    zero = points.zero if data.y.log else np.zeros(len(points.mean), dtype=bool)
    for chosen, marker in ((~zero, points.marker[1]), (zero, "inverted_triangle")):
        if not chosen.any():
            continue
        limit = marker == "inverted_triangle"
        low, high = np.nan_to_num(points.low[chosen]), np.nan_to_num(points.high[chosen])
        floor = data.y.ends[0] if data.y.log else -np.inf
        table = source(
            x=[str(x) for x in points.x[chosen]], place=points.place[chosen],
            mean=points.mean[chosen], at=high if limit else points.mean[chosen],
            low=low, high=high, seeds=points.seeds[chosen],
            bottom=0.6 * high if limit else np.maximum(low, floor),
        )  # fmt: skip
        bars = plot.segment(
            "place", "bottom", "place", "high", source=table, color=points.colour, line_width=1.5
        )
        dots = plot.scatter(
            "place", "at", source=table, marker=marker, size=8, line_color=points.colour,
            fill_color=None if limit else points.colour,
        )  # fmt: skip
        rows = [("", points.label), (choice.x, "@x"), ("mean", "@mean{0.[0000]}")]
        rows += [("95 % interval", "@low{0.[000]} – @high{0.[000]}"), ("seeds", "@seeds")]
        hover(plot, [dots], rows)
        drawn += [bars, dots]
    return drawn
