"""Predicted counts of polysemantic neurons against m, with the intervals at the m asked about."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._plots.counts_data import theory
from polysem._plots.labels import settings_line
from polysem._plots.ranges import log_range

TITLE = "Polysemantic neurons to expect"
NAMES = ("polysemantic_paper", "polysemantic_balls", "polysemantic_exclusion")
REACH = 8.0  # the curves go from m/8 to 8m


def plot_predictions(predictions: Any) -> Any:
    """Matplotlib figure of `Predictions`: the three laws, and 95 % of single runs at its m."""
    from polysem._plots.mpl import new_figure, publication

    n, m = predictions.n, predictions.m
    laws = theory(n, max(m / REACH, 1), m * REACH)
    with publication():
        figure, ax = new_figure(TITLE, settings_line(n, m), width=5.2, height=3.8)
        ax.set(xscale="log", yscale="log", xlabel="neurons m", ylabel="polysemantic neurons")
        for law, name in zip(laws, NAMES, strict=True):
            ax.plot(law.m, law.count, law.look.style, color=law.look.colour, label=law.name)
            _interval(ax, m, predictions[name], law.look.colour, NAMES.index(name) - 1)
        ax.set_ylim(log_range(*[law.count for law in laws]))
        ax.axvline(m, color="#999999", lw=0.8, zorder=0)
        ax.legend(title="bars: 95 % of runs at this m")
    return figure


def _interval(ax: Any, m: int, item: Any, colour: str, place: int) -> None:
    """A point with the interval of single runs, beside its neighbours."""
    value = float(item.value)
    low, high = item.low, item.high
    if low is None or high is None or not np.isfinite(value):
        return
    x = m * 1.06**place
    ax.errorbar(
        x,
        value,
        [[value - min(low, value)], [max(high, value) - value]],
        fmt="o",
        ms=4,
        color=colour,
    )
