"""What it would cost to make each polysemantic neuron monosemantic, cheapest first.

Data: a `Diagnosis` with costs (from a live model with its loss).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import GREY
from polysem._plots.diagnosis_kinds import COLOURS, colour_of

TITLE = "Cost of making each neuron pure"
X_LABEL = "neurons, cheapest first"
Y_LABEL = "cost, in worths of one feature"
NOTHING = "No costs: they need a live model with its loss."
LINEAR = 0.02  # of the axis; beyond, it is logarithmic
MOST = 2000


class Costs(NamedTuple):
    """One entry per tested neuron, cheapest first; `edges` — of the verdicts."""

    cost: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kind: list[str]
    neuron: list[int]
    name: list[str]
    edges: tuple[float, float]


def prepare(diagnosis: Any) -> Costs | None:
    """Costs with their ranges over retraining seeds; None without any finite one."""
    tested = [f for f in diagnosis.findings if f.cost is not None and np.isfinite(f.cost)]
    if not tested:
        return None
    from polysem._diagnose.origin.removal import EPSILON
    from polysem._diagnose.origin.verdict import NECESSARY

    tested.sort(key=lambda f: f.cost)
    if len(tested) > MOST:  # the shape stays: every n-th
        tested = [tested[i] for i in np.linspace(0, len(tested) - 1, MOST).astype(int)]
    cost = np.array([f.cost for f in tested])
    return Costs(
        cost,
        np.array([_finite(f.cost_low, f.cost) for f in tested]),
        np.array([_finite(f.cost_high, f.cost) for f in tested]),
        [f.kind for f in tested],
        [f.neuron for f in tested],
        [f.name for f in tested],
        (EPSILON, NECESSARY),
    )


def _finite(value: float | None, other: float) -> float:
    return value if value is not None and np.isfinite(value) else other


def squashed(cost: Any) -> Any:
    """Linear near 0, logarithmic beyond: where costs are drawn."""
    return np.arcsinh(np.asarray(cost, dtype=np.float64) / LINEAR)


def ticks(data: Costs) -> list[float]:
    """Costs marked along the axis."""
    wanted = np.array([-1, -0.3, -0.02, 0, 0.02, 0.3, 1, 3, 10, 100])
    low, high = min(data.low.min(), -0.02), max(data.high.max(), 0.3)
    return wanted[(wanted >= low - 1e-9) & (wanted <= 1.5 * high)].tolist()


def reach(data: Costs) -> tuple[float, float]:
    """Ends of the axis: all costs, and both edges of the verdicts."""
    low, high = (
        squashed(end) for end in (min(data.low.min(), -0.02), max(data.high.max(), data.edges[1]))
    )
    room = 0.06 * (high - low)
    return float(low - room), float(high + room)


def paint(ax: Any, data: Costs) -> None:
    """Draw into Matplotlib axes."""
    from polysem._plots.mpl import boxed_legend

    place, kind = np.arange(len(data.cost)), np.array(data.kind)
    ax.vlines(place, squashed(data.low), squashed(data.high), color=GREY, linewidth=0.6)
    for one in (k for k in COLOURS if k in data.kind):
        chosen = kind == one
        ax.plot(
            place[chosen], squashed(data.cost[chosen]), "o", ms=3, mew=0, color=colour_of(one),
            label=one,
        )  # fmt: skip
    for edge in data.edges:
        ax.axhline(squashed(edge), color=GREY, linestyle=":", linewidth=0.8)
    marks = ticks(data)
    ax.set_yticks(squashed(marks), [f"{mark:g}" for mark in marks])
    ax.set(xlabel=X_LABEL, ylabel=Y_LABEL, xticks=[], ylim=reach(data))
    boxed_legend(ax, loc="upper left", handlelength=1)


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure; a click on a dot leads to the neuron's part of the page."""
    from bokeh.models import OpenURL, Span, TapTool

    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source

    data = prepare(diagnosis)
    if data is None:
        return nothing_to_show(TITLE, "", NOTHING)
    subtitle = f"dotted: {data.edges[0]:g} (no cost below) and {data.edges[1]:g} (clear cost above)"
    plot = canvas(TITLE, subtitle, X_LABEL, Y_LABEL, height=400, y_range=reach(data))
    for edge in data.edges:
        at = float(squashed(edge))
        span = Span(location=at, dimension="width", line_color=GREY, line_dash="dotted")
        plot.add_layout(span)
    kind, entries, dots = np.array(data.kind), [], []
    for one in [*COLOURS, *sorted(set(data.kind) - set(COLOURS))]:
        chosen = np.flatnonzero(kind == one)
        if not len(chosen):
            continue
        table = source(
            x=chosen,
            y=squashed(data.cost[chosen]),
            bottom=squashed(data.low[chosen]),
            top=squashed(data.high[chosen]),
            cost=data.cost[chosen],
            low=data.low[chosen],
            high=data.high[chosen],
            neuron=[data.neuron[i] for i in chosen],
            name=[data.name[i] for i in chosen],
        )
        bars = plot.segment("x", "bottom", "x", "top", source=table, color=GREY)
        drawn = plot.scatter("x", "y", source=table, size=8, color=colour_of(one))
        dots.append(drawn)
        entries.append((one, [drawn, bars]))
    marks = ticks(data)
    plot.yaxis.ticker = [float(squashed(mark)) for mark in marks]
    labels = {float(squashed(mark)): f"{mark:g}" for mark in marks}
    plot.yaxis.major_label_overrides = labels
    plot.xaxis.major_label_text_font_size = "0px"
    plot.add_tools(TapTool(renderers=dots, callback=OpenURL(url="#neuron-@neuron", same_tab=True)))
    rows = [("neuron", "@name"), ("cost", "@cost{0.000}"), ("range", "@low{0.000} – @high{0.000}")]
    hover(plot, dots, rows)
    legend(plot, entries)
    return plot
