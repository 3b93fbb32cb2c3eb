"""What one neuron responds to: its strongest features as bars, beside the threshold.

Data: a `Diagnosis` with a profile, and the number of a neuron.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import BLUE, GREY, PALE, VERMILLION
from polysem._plots.labels import shortened

NOTHING = "Nothing is known about the features of this neuron."
LOOKS = {
    "positive": (BLUE, "represented, positive"),
    "negative": (VERMILLION, "represented, negative"),
    "other": (PALE, "not represented"),
}
FEWEST = 3  # bars, so that a neuron with one feature does not look like one with many


class Features(NamedTuple):
    """One entry per feature, strongest last (on top): share 0 to 1, look, names, group, strength.

    `threshold` — from which share on a feature counts; None where it differs by feature.
    """

    share: np.ndarray
    look: list[str]
    name: list[str]
    group: list[int]
    strength: list[float]
    x_label: str
    threshold: float | None
    title: str


def prepare(diagnosis: Any, neuron: int) -> Features | None:
    """The kept features of the neuron; None if there are none."""
    profile = diagnosis.profile
    if profile is None or not profile.of(neuron):
        return None
    rows = list(reversed(profile.of(neuron)))
    name = diagnosis.findings[neuron].name
    called = str(neuron) if name == str(neuron) else f"{neuron} ({shortened(name, 40)})"
    return Features(
        np.array([row["share"] for row in rows]),
        [_look(row) for row in rows],
        [str(row["name"]) for row in rows],
        [row["group"] for row in rows],
        [row["strength"] for row in rows],
        profile.words,
        _threshold(profile),
        f"What neuron {called} responds to",
    )


def _look(row: dict[str, Any]) -> str:
    if not row["group"]:
        return "other"
    return "negative" if row["strength"] < 0 else "positive"


def _threshold(profile: Any) -> float | None:
    """The threshold in force, if it is one of what is drawn."""
    return float(profile.sweep.default) if profile.words == profile.sweep.words else None


def _dashed(data: Features) -> str:
    return "" if data.threshold is None else f"dashed: threshold, {data.threshold:.2g}"


def _labels(data: Features, most: int) -> list[str]:
    return [shortened(name, most) for name in data.name]


def paint(ax: Any, data: Features) -> None:
    """Draw into Matplotlib axes."""
    place = np.arange(len(data.share))
    for look, (colour, label) in LOOKS.items():
        chosen = np.array([one == look for one in data.look])
        if chosen.any():
            ax.barh(place[chosen], data.share[chosen], 0.7, color=colour, label=label)
    ax.set_yticks(place, [text.replace("$", r"\$") for text in _labels(data, 24)], fontsize=6)
    ax.set(xlabel=data.x_label, xlim=(0, 1.05))
    ax.set_ylim(len(place) - max(len(place), FEWEST) - 0.6, len(place) - 0.4)
    if data.threshold is not None:
        ax.axvline(data.threshold, color=GREY, linestyle="--", linewidth=0.8, label="threshold")
    ax.legend(loc="lower right", fontsize=6)


def draw_mpl(diagnosis: Any, neuron: int) -> Any:
    """Matplotlib figure."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    data = prepare(diagnosis, neuron)
    with publication():
        if data is None:
            figure, ax = new_figure(f"Neuron {neuron}")
            say_nothing_to_show(ax, NOTHING)
            return figure
        figure, ax = new_figure(data.title.replace("$", r"\$"))
        paint(ax, data)
    return figure


def draw_bokeh(diagnosis: Any, neuron: int) -> Any:
    """Bokeh figure."""
    from bokeh.models import Span

    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, plain, source

    data = prepare(diagnosis, neuron)
    if data is None:
        return nothing_to_show(f"Neuron {neuron}", "", NOTHING)
    place, count = np.arange(len(data.share)), len(data.share)
    shown = max(count, FEWEST)
    plot = canvas(
        data.title, _dashed(data), data.x_label, "", height=150 + 22 * shown, x_range=(0, 1.05),
        y_range=(count - shown - 0.6, count - 0.4),
    )  # fmt: skip
    entries, bars = [], []
    for look, (colour, label) in LOOKS.items():
        at = [i for i in place if data.look[i] == look]
        if not at:
            continue
        table = source(
            y=at,
            share=[round(float(data.share[i]), 4) for i in at],
            name=[data.name[i] for i in at],
            strength=[data.strength[i] for i in at],
            group=[data.group[i] or "–" for i in at],
        )
        bars.append(plot.hbar("y", right="share", height=0.7, color=colour, source=table))
        entries.append((label, bars[-1:]))
    if data.threshold is not None:
        line = Span(
            location=data.threshold, dimension="height", line_color=GREY, line_dash="dashed"
        )
        plot.add_layout(line)
    plot.yaxis.ticker = place.tolist()
    names = _labels(data, 18)
    plot.yaxis.major_label_overrides = {int(i): plain(names[i]) for i in place}
    plot.ygrid.visible = False
    rows = [("feature", "@name"), ("share", "@share"), ("strength", "@strength{0.000}")]
    hover(plot, bars, [*rows, ("group", "@group")])
    legend(plot, entries)
    return plot
