"""The neurons of a layer by what was found about them: one bar for each kind.

Data: a `Diagnosis`. The kinds' colours are those of every figure of a diagnosis.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from polysem._plots.colours import BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, VERMILLION
from polysem._plots.labels import number, plural

TITLE = "What was found about each neuron"
X_LABEL = "neurons"
COLOURS = {
    "removable": GREEN,
    "horizon-dependent": ORANGE,
    "necessary": VERMILLION,
    "undetermined": PURPLE,
    "polysemantic, origin unknown": BLUE,
    "monosemantic": "#999999",
    "represents nothing": PALE,
    "not assessable": "#444444",
}
MEANING = {
    "removable": "polysemantic, and it could be avoided at no cost",
    "horizon-dependent": "polysemantic; longer retraining would tell",
    "necessary": "polysemantic, and avoiding it costs",
    "undetermined": "polysemantic; the test gave no answer",
    "polysemantic, origin unknown": "two or more unrelated features",
    "monosemantic": "one feature, or related ones",
    "represents nothing": "no feature",
    "not assessable": "see the problems",
}


class Bars(NamedTuple):
    """Kinds from the bottom up, with counts, colours and meanings."""

    kinds: list[str]
    counts: list[int]
    colours: list[str]
    meanings: list[str]

    @property
    def words(self) -> list[str]:
        """`12 (4.7 %)` for every bar."""
        total = max(sum(self.counts), 1)
        return [f"{number(c)} ({number(100 * c / total)} %)" for c in self.counts]


def prepare(diagnosis: Any) -> Bars:
    """Count the neurons of each kind; kinds that do not occur are left out."""
    found = Counter(finding.kind for finding in diagnosis.findings)
    order = [*COLOURS, *sorted(set(found) - set(COLOURS))]
    kinds = [kind for kind in reversed(order) if found[kind]]
    return Bars(
        kinds,
        [found[kind] for kind in kinds],
        [colour_of(kind) for kind in kinds],
        [MEANING.get(kind) or kind for kind in kinds],
    )


def colour_of(kind: str) -> str:
    """The colour of a kind, grey for one that is new."""
    return COLOURS.get(kind, GREY)


def paint(ax: Any, data: Bars) -> None:
    """Draw into Matplotlib axes."""
    places = range(len(data.kinds))
    ax.barh(places, data.counts, 0.7, color=data.colours)
    for place, (count, words) in enumerate(zip(data.counts, data.words, strict=True)):
        ax.annotate(words, (count, place), (3, 0), textcoords="offset points", va="center", size=7)
    ax.set_yticks(places, data.kinds)
    ax.set(xlabel=X_LABEL, xlim=(0, 1.3 * max(data.counts)))


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure."""
    from bokeh.models import LabelSet

    from polysem._plots.bokeh_canvas import canvas, hover, integer_ticks, source

    data = prepare(diagnosis)
    plot = canvas(
        TITLE,
        plural(sum(data.counts), "neuron"),
        X_LABEL,
        "",
        height=120 + 34 * len(data.kinds),
        y_range=data.kinds,
        x_range=(0, 1.6 * max(data.counts)),  # a phone's frame is little wider than the words
    )
    table = source(
        kind=data.kinds,
        count=data.counts,
        colour=data.colours,
        meaning=data.meanings,
        words=data.words,
    )
    bars = plot.hbar("kind", right="count", height=0.7, color="colour", source=table)
    labels = LabelSet(
        x="count", y="kind", text="words", source=table, x_offset=5, y_offset=-7,
        text_font_size="12px",
    )  # fmt: skip
    plot.add_layout(labels)
    integer_ticks(plot.xaxis)
    plot.ygrid.visible = False
    hover(plot, [bars], [("", "@kind: @meaning"), ("neurons", "@words")])
    return plot
