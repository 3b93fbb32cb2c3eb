"""Polysemantic neurons of every seed, beside the predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from polysem._census import MeanCount
from polysem._plots.colours import BALLS, DATA, EXCLUSION, PAPER, Look
from polysem._plots.labels import number
from polysem._plots.run_facts import subtitle

TITLE = "Polysemantic neurons of each network"
X_LABEL, Y_LABEL = "seed", "polysemantic neurons"


class Prediction(NamedTuple):
    """A horizontal line."""

    name: str
    look: Look
    value: float


@dataclass(frozen=True)
class PolysemanticCounts:
    """`seed`, `count` — one entry per counted seed; `mean` with its interval; the predictions."""

    seed: np.ndarray
    count: np.ndarray
    mean: MeanCount
    predictions: list[Prediction]
    subtitle: str

    @property
    def mean_label(self) -> str:
        """The mean in words."""
        return f"mean {number(self.mean.mean)} ({number(self.mean.low)}–{number(self.mean.high)})"

    @property
    def top(self) -> float:
        """Upper end of the axis: everything fits below, with room for no count at all."""
        lines = [p.value for p in self.predictions]
        return 1.45 * max([1.0, self.mean.high, float(self.count.max()), *lines])


def predictions(n: int, m: int) -> list[Prediction]:
    """The three predicted counts per network."""
    from polysem._theory.counts import balls_count, exclusion_count, paper_count

    return [
        Prediction("n²/4m", PAPER, paper_count(n, m)),
        Prediction("signed balls in bins", BALLS, balls_count(n, m)),
        Prediction("random exclusion", EXCLUSION, exclusion_count(n, m)),
    ]


def prepare(run: Any) -> PolysemanticCounts | None:
    """From the census of a run; None if no seed was counted."""
    mean = run.census.polysemantic
    if mean is None:
        return None
    table = run.census.table
    counted = np.asarray(table["countable"])
    network = run.spec.network
    return PolysemanticCounts(
        np.asarray(table["seed"])[counted],
        np.asarray(table["polysemantic"])[counted],
        mean,
        predictions(network.n, network.m),
        subtitle(run),
    )


def draw_mpl(run: Any) -> Any:
    """Matplotlib figure of a run."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    data = prepare(run)
    with publication():
        figure, ax = new_figure(TITLE, data.subtitle if data else "")
        if data is None:
            say_nothing_to_show(ax, "No seed has finite weights.")
        else:
            paint(ax, data)
    return figure


def paint(ax: Any, data: PolysemanticCounts) -> None:
    """Draw into Matplotlib axes."""
    from matplotlib.ticker import MaxNLocator

    ax.axhspan(data.mean.low, data.mean.high, color=DATA, alpha=0.12, linewidth=0)
    ax.axhline(data.mean.mean, color=DATA, linewidth=1, label=data.mean_label)
    ax.plot(data.seed, data.count, "o", color=DATA, label="one network", clip_on=False, zorder=3)
    for line in data.predictions:
        ax.axhline(
            line.value,
            color=line.look.colour,
            linestyle=line.look.style,
            linewidth=1.3,
            label=f"{line.name}: {number(line.value)}",
        )
    ax.set(xlabel=X_LABEL, ylabel=Y_LABEL, ylim=(0, data.top))
    ax.set_xlim(data.seed.min() - 0.5, data.seed.max() + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="upper left", ncols=2, columnspacing=1, handlelength=1.8, fontsize=6.5)


def draw_bokeh(run: Any) -> Any:
    """Bokeh figure of a run."""
    from bokeh.models import BoxAnnotation

    from polysem._plots.bokeh_canvas import (
        canvas,
        hover,
        integer_ticks,
        legend,
        nothing_to_show,
        source,
    )

    data = prepare(run)
    if data is None:
        return nothing_to_show(TITLE, "", "No seed has finite weights.")
    ends = (float(data.seed.min()) - 0.5, float(data.seed.max()) + 0.5)
    plot = canvas(
        TITLE, data.subtitle, X_LABEL, Y_LABEL, x_range=ends, y_range=(-0.03 * data.top, data.top)
    )
    integer_ticks(plot.xaxis)
    integer_ticks(plot.yaxis)
    plot.add_layout(
        BoxAnnotation(
            bottom=data.mean.low,
            top=data.mean.high,
            fill_color=DATA,
            fill_alpha=0.12,
            line_color=None,
        )
    )
    mean = plot.line(ends, [data.mean.mean] * 2, color=DATA, line_width=1.5)
    points = plot.scatter(
        "seed", "count", source=source(seed=data.seed, count=data.count), size=9, color=DATA
    )
    hover(plot, [points], [("seed", "@seed"), ("polysemantic neurons", "@count")])
    entries = [("one network", [points]), (f"{data.mean_label}, 95 % interval shaded", [mean])]
    for line in data.predictions:
        drawn = plot.line(
            ends, [line.value] * 2, color=line.look.colour, line_dash=line.look.dash, line_width=2
        )
        entries.append((f"{line.name}: {number(line.value)}", [drawn]))
    legend(plot, entries)
    return plot
