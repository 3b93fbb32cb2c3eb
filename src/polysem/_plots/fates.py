"""What became of the collisions at the start, by the signs of the two features."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import BLUE, GREY, ORANGE, PURPLE
from polysem._plots.run_facts import census_of, subtitle

TITLE = "Fates of collisions at the start"
X_LABEL = "pairs of features with one initial argmax"
FATES = {
    "both_stay": ("both stay", BLUE),
    "larger_stays": ("larger stays", ORANGE),
    "smaller_stays": ("smaller stays", PURPLE),
    "neither_stays": ("neither stays", "#BBBBBB"),
}
SIGNS = {"opposite": "opposite sign", "same": "same sign"}
EXPECTED = "expected, C(n,2)/2m"


class Fates(NamedTuple):
    """`counts` — fate → (opposite, same); `expected` — of each sign in all networks together."""

    counts: dict[str, tuple[int, int]]
    expected: float
    subtitle: str

    @property
    def totals(self) -> tuple[int, int]:
        """Collisions of opposite and of the same sign."""
        opposite, same = zip(*self.counts.values(), strict=True)
        return sum(opposite), sum(same)

    @property
    def top(self) -> float:
        """Upper end of the axis."""
        return 1.08 * max(*self.totals, self.expected, 1)


def prepare(run: Any) -> Fates | None:
    """From a run or a census; None if the start is not known or nothing collided."""
    from polysem._theory.counts import opposite_pairs

    census = census_of(run)
    if census.collisions is None or not len(census.collisions):
        return None
    table = census.fates()
    counts = {row["fate"]: (row["opposite"], row["same"]) for row in table.to_dicts()}
    known = np.ma.count(census.table["collisions_start"])
    expected = float(opposite_pairs(census.n_features, census.n_neurons)) * known
    return Fates(counts, expected, subtitle(run))


NOTHING = "No two features shared their initial argmax, or the start is not known."


def draw_mpl(run: Any) -> Any:
    """Matplotlib figure of a run."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    data = prepare(run)
    with publication():
        figure, ax = new_figure(TITLE, subtitle(run), height=2.4)
        if data is None:
            say_nothing_to_show(ax, NOTHING)
        else:
            paint(ax, data)
    return figure


def paint(ax: Any, data: Fates) -> None:
    """Draw into Matplotlib axes."""
    from matplotlib.ticker import MaxNLocator

    left = np.zeros(2)
    for fate, (label, colour) in FATES.items():
        counts = np.array(data.counts[fate])
        ax.barh([1, 0], counts, 0.6, left=left, color=colour, edgecolor="white", label=label)
        for y, count, start in zip((1, 0), counts, left, strict=True):
            if count > 0.05 * data.top:
                ax.text(
                    start + count / 2,
                    y,
                    f"{count:,}",
                    ha="center",
                    va="center",
                    fontsize=7,
                    color="white" if fate == "both_stay" else "black",
                )
        left += counts
    ax.plot([data.expected] * 2, [-0.42, 1.42], ":", color=GREY, label=EXPECTED)
    ax.set(yticks=[1, 0], yticklabels=list(SIGNS.values()), xlabel=X_LABEL, xlim=(0, data.top))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    ax.set_ylim(-0.5, 2.7)
    ax.legend(loc="upper left", ncols=2, columnspacing=1, handlelength=1.8, fontsize=6.5)


def draw_bokeh(run: Any) -> Any:
    """Bokeh figure of a run."""
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
        return nothing_to_show(TITLE, subtitle(run), NOTHING)
    names = list(SIGNS.values())
    plot = canvas(
        TITLE, data.subtitle, X_LABEL, "", height=340, y_range=names[::-1], x_range=(0, data.top)
    )
    integer_ticks(plot.xaxis)
    entries, left = [], np.zeros(2)
    for fate, (label, colour) in FATES.items():
        counts = np.array(data.counts[fate])
        share = counts / np.maximum(data.totals, 1)
        table = source(
            sign=names, left=left, right=left + counts, count=counts, share=share, fate=[label] * 2
        )
        bars = plot.hbar(
            "sign", 0.6, "right", "left", source=table, color=colour, line_color="white"
        )
        rows = [
            ("collisions", "@sign"),
            ("fate", "@fate"),
            ("pairs", "@count"),
            ("share", "@share{0.0%}"),
        ]
        hover(plot, [bars], rows)
        entries.append((label, [bars]))
        left = left + counts
    line = plot.line(
        [data.expected] * 2,
        [(names[1], -0.4), (names[0], 0.4)],
        color=GREY,
        line_dash="dotted",
        line_width=2,
    )
    legend(plot, [*entries, (EXPECTED, [line])])
    return plot
