"""Every neuron as a dot: how strong its first feature is, and how strong the second, unrelated one.

Data: a `Diagnosis` with a profile. Dots on the floor are monosemantic; the higher, the more
polysemantic.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.diagnosis_kinds import COLOURS, colour_of
from polysem._plots.labels import shortened

TITLE = "Each neuron: its first feature and its second"
NOTHING = "No neuron could be assessed."
MOST = 2000  # dots; beyond, a random part of those that are not polysemantic
LISTED = 3  # features named when pointed at


class Dots(NamedTuple):
    """One entry per dot: `x`, `y` 0 to 1, kind, number, name and features of the neuron."""

    x: np.ndarray
    y: np.ndarray
    kind: list[str]
    neuron: list[int]
    name: list[str]
    features: list[str]
    x_label: str
    left_out: int

    @property
    def kinds(self) -> list[str]:
        """Kinds that occur, in the legend's order."""
        return [k for k in [*COLOURS, *sorted(set(self.kind) - set(COLOURS))] if k in self.kind]


def prepare(diagnosis: Any) -> Dots | None:
    """Places from the profile and the scores; None if there is nothing to show."""
    profile = diagnosis.profile
    findings = [f for f in diagnosis.findings if f.score is not None or f.features]
    if profile is None or not findings:
        return None
    clear = [f for f in findings if f.polysemantic or f.cost is not None]
    others = [f for f in findings if not (f.polysemantic or f.cost is not None)]
    room = max(MOST - len(clear), MOST // 3)
    if len(others) > room:
        kept = np.random.default_rng(0).choice(len(others), room, replace=False)
        others = [others[i] for i in np.sort(kept)]
    clear = clear[:MOST]
    shown = others + clear  # the telling dots are drawn last, on top
    return Dots(
        np.array([profile.share[f.neuron].max() for f in shown]),
        np.array([f.score or 0.0 for f in shown]),
        [f.kind for f in shown],
        [f.neuron for f in shown],
        [shortened(f.name) for f in shown],
        [shortened(", ".join(f.features[:LISTED]), 60) or "none" for f in shown],
        f"strongest feature: {profile.words}",
        len(findings) - len(shown),
    )


Y_LABEL = "second feature's strength"


def paint(ax: Any, data: Dots) -> None:
    """Draw into Matplotlib axes."""
    from polysem._plots.mpl import boxed_legend

    kind = np.array(data.kind)
    for one in data.kinds:
        chosen = kind == one
        ax.plot(
            data.x[chosen], data.y[chosen], "o", ms=3, alpha=0.7, mew=0, color=colour_of(one),
            label=one,
        )  # fmt: skip
    ax.set(xlabel=data.x_label, ylabel=Y_LABEL, xlim=(-0.03, 1.05), ylim=(-0.03, 1.05))
    boxed_legend(ax, loc="upper left", handlelength=1)


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure; a click on a dot leads to the neuron's part of the page."""
    from bokeh.models import OpenURL, TapTool

    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source
    from polysem._plots.labels import plural

    data = prepare(diagnosis)
    if data is None:
        return nothing_to_show(TITLE, "", NOTHING)
    left = f", {data.left_out:,} more are not drawn" if data.left_out else ""
    plot = canvas(
        TITLE,
        f"{plural(len(data.x), 'neuron')}{left}; click on a dot to go to its neuron",
        data.x_label,
        Y_LABEL,
        height=440,
        x_range=(-0.03, 1.05),
        y_range=(-0.03, 1.05),
    )
    kind, entries, dots = np.array(data.kind), [], []
    for one in data.kinds:
        chosen = np.flatnonzero(kind == one)
        table = source(
            x=np.round(data.x[chosen], 4),
            y=np.round(data.y[chosen], 4),
            neuron=[data.neuron[i] for i in chosen],
            name=[data.name[i] for i in chosen],
            features=[data.features[i] for i in chosen],
        )
        drawn = plot.scatter("x", "y", source=table, size=7, alpha=0.75, color=colour_of(one))
        dots.append(drawn)
        entries.append((one, [drawn]))
    plot.add_tools(TapTool(renderers=dots, callback=OpenURL(url="#neuron-@neuron", same_tab=True)))
    rows = [("neuron", "@name"), ("features", "@features"), ("first", "@x"), ("second", "@y")]
    hover(plot, dots, rows)
    legend(plot, entries)
    return plot
