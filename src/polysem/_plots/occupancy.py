"""How many neurons represent 0, 1, 2, … features, beside what chance alone would give."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._census import mean_count
from polysem._plots.colours import DATA, EXCLUSION, GREY
from polysem._plots.intervals import bootstrap_mean
from polysem._plots.labels import number
from polysem._plots.run_facts import census_of, subtitle

TITLE = "Features represented by a neuron"
X_LABEL, Y_LABEL = "features on the neuron", "neurons per network"
MEASURED = "measured: mean, 95 % interval"
EXCLUSION_LABEL = "random exclusion"
START_LABEL = "initial argmax, expected"


class Occupancy(NamedTuple):
    """Per number of features k = 0, 1, 2, …: all arrays (k,).

    `mean`, `low`, `high` — neurons per network. `exclusion`, `start` — expectations; NaN where a
    theory has nothing to say. `floor` — lower end of the log axis.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    exclusion: np.ndarray
    start: np.ndarray
    floor: float
    subtitle: str

    @property
    def top(self) -> float:
        """Upper end of the log axis, with room for the legend."""
        return self.highest * (self.highest / self.floor) ** 0.45

    @property
    def highest(self) -> float:
        """The largest thing drawn."""
        return float(np.nanmax([self.high, self.mean, self.exclusion, self.start]))


def prepare(run: Any) -> Occupancy | None:
    """From a run or a census; None if no seed was counted.

    Intervals of the mean: bootstrap over seeds for k = 0 and 1, exact Poisson for k ≥ 2, whose
    neurons are rare events.
    """
    from polysem._theory.start import occupancy_at_start, occupancy_by_exclusion

    census = census_of(run)
    table = census.occupancy
    counts = np.asarray(table[~np.ma.getmaskarray(table).any(1)])
    if not len(counts):
        return None
    width = max(counts.shape[1], 3)
    counts = np.pad(counts, ((0, 0), (0, width - counts.shape[1])))
    mean, low, high = bootstrap_mean(counts)
    for k in range(2, width):
        _, low[k], high[k] = _poisson(counts[:, k])
    n, m = census.n_features, census.n_neurons
    exclusion = np.full(width, np.nan)
    exclusion[:3] = occupancy_by_exclusion(n, m)
    start = occupancy_at_start(n, m, width - 1)
    shown = np.concatenate([v[np.isfinite(v) & (v > 0)] for v in (mean, low, high, exclusion)])
    floor = 10 ** np.floor(np.log10(max(shown.min(initial=1.0), 1e-2)))
    return Occupancy(mean, low, high, exclusion, start, float(floor), subtitle(run))


def _poisson(counts: np.ndarray) -> tuple[float, float, float]:
    interval = mean_count(int(counts.sum()), len(counts))
    return interval.mean, interval.low, interval.high


def _visible(values: np.ndarray, floor: float) -> np.ndarray:
    """What the log axis can show; below its floor there is a gap."""
    return np.where(values >= floor, values, np.nan)


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


def paint(ax: Any, data: Occupancy) -> None:
    """Draw into Matplotlib axes."""
    k = np.arange(len(data.mean))
    ax.bar(k, _visible(data.mean, data.floor), 0.62, color=DATA, alpha=0.35, label=MEASURED)
    low, high = np.maximum(data.low, data.floor), data.high
    ax.vlines(k, low, high, color=DATA, linewidth=1.6)
    ax.plot(
        k - 0.2,
        _visible(data.exclusion, data.floor),
        "D",
        color=EXCLUSION.colour,
        label=EXCLUSION_LABEL,
    )
    ax.plot(
        k + 0.2,
        _visible(data.start, data.floor),
        "_",
        color=GREY,
        markersize=11,
        markeredgewidth=1.6,
        label=START_LABEL,
    )
    for x, mean in zip(k, data.mean, strict=True):
        ax.annotate(
            number(mean),
            (x, data.floor),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=7,
        )
    ax.set(yscale="log", xlabel=X_LABEL, ylabel=Y_LABEL, xticks=k)
    ax.set_ylim(data.floor, data.top)
    ax.legend(loc="upper right", fontsize=6.5)


def draw_bokeh(run: Any) -> Any:
    """Bokeh figure of a run."""
    from bokeh.models import LabelSet

    from polysem._plots import bokeh_canvas
    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source

    data = prepare(run)
    if data is None:
        return nothing_to_show(TITLE, "", "No seed has finite weights.")
    k = np.arange(len(data.mean))
    plot = canvas(
        TITLE,
        data.subtitle,
        X_LABEL,
        Y_LABEL,
        y_axis_type="log",
        y_range=(data.floor, 2 * data.highest),
    )
    bokeh_canvas.plain_log(plot.yaxis, (data.floor, 2 * data.highest))
    table = source(
        k=k,
        left=k - 0.2,
        right=k + 0.2,
        mean=data.mean,
        low=data.low,
        high=data.high,
        base=np.full(len(k), data.floor),
        shown=_visible(data.mean, data.floor),
        clipped=np.maximum(data.low, data.floor),
        exclusion=data.exclusion,
        start=data.start,
        label=[number(mean) for mean in data.mean],
        place=np.full(len(k), data.floor),
    )
    bars = plot.vbar("k", 0.62, "shown", "base", source=table, color=DATA, alpha=0.35)
    ends = plot.segment("k", "clipped", "k", "high", source=table, color=DATA, line_width=3)
    rule = plot.scatter(
        "left", "exclusion", source=table, marker="diamond", size=12, color=EXCLUSION.colour
    )
    start = plot.scatter(
        "right", "start", source=table, marker="dash", size=16, color=GREY, line_width=3
    )
    plot.add_layout(
        LabelSet(
            x="k",
            y="place",
            text="label",
            source=table,
            text_align="center",
            y_offset=8,
            text_font_size="12px",
        )
    )
    plot.xaxis.ticker = k.tolist()
    rows = [
        ("features on the neuron", "@k"),
        ("measured per network", "@mean{0.000}"),
        ("95 % interval", "@low{0.00} – @high{0.00}"),
        (EXCLUSION_LABEL, "@exclusion{0.000}"),
        (START_LABEL, "@start{0.000}"),
    ]
    hover(plot, [bars], rows)
    legend(plot, [(MEASURED, [bars, ends]), (EXCLUSION_LABEL, [rule]), (START_LABEL, [start])])
    return plot
