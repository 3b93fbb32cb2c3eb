"""How the counts depend on the threshold: polysemantic, monosemantic and silent neurons.

Data: a `Diagnosis` with a profile.
"""

from __future__ import annotations

from typing import Any

from polysem._plots.colours import BLUE, GREY
from polysem._plots.diagnosis_kinds import COLOURS

TITLE = "The counts at other thresholds"
Y_LABEL = "neurons"
NOTHING = "No threshold was swept."
LINES = (
    ("polysemantic", BLUE, "solid", "-"),
    ("monosemantic", COLOURS["monosemantic"], "dashed", "--"),
    ("silent", "#BBBBBB", "dotted", ":"),
)
WORDS = {"silent": "represents nothing"}


def prepare(diagnosis: Any) -> Any | None:
    """The sweep of a diagnosis, None without a profile."""
    return None if diagnosis.profile is None else diagnosis.profile.sweep


def paint(ax: Any, data: Any) -> None:
    """Draw into Matplotlib axes."""
    from matplotlib.ticker import MaxNLocator

    for name, colour, _, style in LINES:
        counts = getattr(data, name)
        ax.plot(
            data.thresholds, counts, style, marker="o", ms=3, color=colour,
            label=WORDS.get(name, name),
        )  # fmt: skip
    ax.axvline(data.default, color=GREY, linestyle=":", linewidth=0.8, label="threshold in force")
    ax.set(xlabel=f"threshold: {data.words}", ylabel=Y_LABEL)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.legend(loc="best", fontsize=6)


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure."""
    from bokeh.models import Span

    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source

    data = prepare(diagnosis)
    if data is None:
        return nothing_to_show(TITLE, "", NOTHING)
    plot = canvas(
        TITLE,
        f"vertical line: the threshold in force, {data.default:g}",
        f"threshold: {data.words}",
        Y_LABEL,
        height=320,
    )
    plot.y_range.start = 0
    counts = {name: getattr(data, name).tolist() for name, *_ in LINES}
    table = source(t=data.thresholds, **counts)
    entries, dots = [], []
    for name, colour, dash, _ in LINES:
        line = plot.line("t", name, source=table, color=colour, line_width=2, line_dash=dash)
        drawn = plot.scatter("t", name, source=table, color=colour, size=7)
        dots.append(drawn)
        entries.append((WORDS.get(name, name), [line, drawn]))
    plot.add_layout(
        Span(location=data.default, dimension="height", line_color=GREY, line_dash="dotted")
    )
    rows = [("threshold", "@t{0.00}")] + [(WORDS.get(n, n), f"@{n}") for n, *_ in LINES]
    hover(plot, dots, rows)
    legend(plot, entries)
    return plot
