"""Both sides of the ledger in one figure: polysemantic neurons against the plain loss.

Data: a `Comparison`. Every point is a method: means over its converged networks with their own
intervals, exact Poisson for counts and Student's for losses (differences have narrower ones, in the
effect table). The line is the front: no method has less of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from polysem._intervals import FEWEST, garwood
from polysem._plots.claims import MARKERS
from polysem._plots.colours import BLACK, CYCLE, GREY
from polysem._plots.labels import settings_line
from polysem._repair.judge.paired import paired

TITLE = "Polysemantic neurons against loss"
X_LABEL, Y_LABEL = "polysemantic neurons per network", "plain loss per feature, held out"
NOTHING = "No method has five converged networks."

Ends = tuple[float, float, float]
"""A mean and the ends of its interval."""


class Point(NamedTuple):
    """One method: (value, low, high) of count `x` and loss per feature `y`; `front` — on it."""

    name: str
    x: Ends
    y: Ends
    front: bool
    colour: str
    marker: tuple[str, str]


def prepare(result: Any, stage: str = "end") -> list[Point]:
    """The methods with five converged networks or more at that stage."""
    n = result.per_feature
    rows = [row for row in result.rows.to_dicts() if row["stage"] == stage and row["used"]]
    found = []
    for place, arm in enumerate(result.arms):
        counts, losses = (
            [row[name] for row in rows if row["method"] == arm.name]
            for name in ("polysemantic", "loss")
        )
        if len(counts) >= FEWEST:
            found.append((place, arm.name, count_ends(counts), loss_ends([x / n for x in losses])))
    chosen = front([(x[0], y[0]) for _, _, x, y in found])
    return [
        Point(name, x, y, i in chosen, *look(place)) for i, (place, name, x, y) in enumerate(found)
    ]


def front(points: Sequence[tuple[float, float]]) -> set[int]:
    """Indices of points of which no other has less of one and not more of the other."""
    return {
        i
        for i, (x, y) in enumerate(points)
        if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in points)
    }


def subtitle(result: Any) -> str:
    """What was run."""
    if result.per_feature == 1:
        return result.headline
    network = result.plain.run.spec.network
    return settings_line(network.n, network.m, network.l1, len(result.plain.run.seeds))


def y_label(result: Any) -> str:
    """Of a user's model the loss is as its own function gives it."""
    return Y_LABEL if result.per_feature > 1 else "loss, held out"


def plot_pareto(result: Any, stage: str = "end") -> Any:
    """Matplotlib figure."""
    return draw_mpl(prepare(result, stage), subtitle(result), y_label(result))


def draw_mpl(points: list[Point], settings: str, y_label: str = Y_LABEL) -> Any:
    """Matplotlib figure, its legend beside the axes."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    with publication():
        figure, ax = new_figure(TITLE, settings, width=6.4, height=3.6)
        if not points:
            say_nothing_to_show(ax, NOTHING)
            return figure
        ax.set(xlabel=X_LABEL, ylabel=y_label)
        line = _line(points)
        ax.plot(*line, color=GREY, lw=0.8, ls="--", zorder=0, label="front")
        for p in points:
            x_bar, y_bar = ([[v[0] - v[1]], [v[2] - v[0]]] for v in (p.x, p.y))
            ax.errorbar(p.x[0], p.y[0], y_bar, x_bar, fmt="none", ecolor=p.colour, elinewidth=0.8)
            ax.plot(p.x[0], p.y[0], p.marker[0], color=p.colour, ms=5, label=p.name)
        ax.set_xlim(left=min(0, ax.get_xlim()[0]))
        ax.ticklabel_format(axis="y", useOffset=False)
        figure.legend(loc="outside right center", fontsize=7)  # pyright: ignore[reportArgumentType]
    return figure


def draw_bokeh(points: list[Point], settings: str, y_label: str = Y_LABEL) -> Any:
    """Bokeh figure."""
    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source

    if not points:
        return nothing_to_show(TITLE, settings, NOTHING)
    plot = canvas(TITLE, settings, X_LABEL, y_label, height=300 + 20 * len(points))
    x, y = _line(points)
    entries = [("front", [plot.line(list(x), list(y), color=GREY, line_dash="dashed")])]
    for p in points:
        table = source(x=[p.x[0]], x0=[p.x[1]], x1=[p.x[2]], y=[p.y[0]], y0=[p.y[1]], y1=[p.y[2]])
        bars = [
            plot.segment("x0", "y", "x1", "y", source=table, color=p.colour, line_width=1.5),
            plot.segment("x", "y0", "x", "y1", source=table, color=p.colour, line_width=1.5),
        ]
        dot = plot.scatter("x", "y", source=table, marker=p.marker[1], size=10, color=p.colour)
        hover(
            plot,
            [dot],
            [
                ("", p.name),
                ("polysemantic", "@x{0.00} (@x0{0.00} to @x1{0.00})"),
                ("loss", "@y{0.00000} (@y0{0.00000} to @y1{0.00000})"),
            ],
        )
        entries.append((p.name, [*bars, dot]))
    legend(plot, entries)
    return plot


def count_ends(counts: Sequence[float]) -> Ends:
    """Mean with its exact Poisson interval."""
    total, size = sum(counts), len(counts)
    low, high = garwood(total)
    return total / size, low / size, high / size


def loss_ends(losses: Sequence[float]) -> Ends:
    """Mean with Student's interval."""
    found = paired(losses, [0.0] * len(losses))
    return found.value, found.low, found.high


def look(place: int) -> tuple[str, tuple[str, str]]:
    """Colour and marker of the method in that place; plain is black."""
    if place == 0:
        return BLACK, MARKERS[0]
    colours = [colour for colour in CYCLE if colour != BLACK]
    return colours[(place - 1) % len(colours)], MARKERS[(place - 1) % len(MARKERS)]


def _line(points: list[Point]) -> tuple[list[float], list[float]]:
    """The front from few collisions to few losses."""
    chosen = sorted((p.x[0], p.y[0]) for p in points if p.front)
    return [x for x, _ in chosen], [y for _, y in chosen]
