"""The layer's map: which neuron responds to which feature, polysemantic neurons first.

Data: a `Diagnosis` with a profile (the strongest features of every neuron; the rest is blank).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.diagnosis_kinds import COLOURS, colour_of
from polysem._plots.labels import shortened
from polysem._plots.pooling import pool_max_abs

TITLE = "The layer's map: features of every neuron"
NOTHING = "No neuron represents a feature."
MAX_ROWS, MAX_COLUMNS = 120, 240
NAMED = 40  # features whose names fit beside the map


class LayerMap(NamedTuple):
    """`values` (rows, columns), signed −1 to 1; of every cell its feature's name and neuron.

    `kinds` — the kind of each column's neuron, for the strip on top; `names` — of the rows where
    they fit, else empty.
    """

    values: np.ndarray
    feature: np.ndarray
    neuron: np.ndarray
    kinds: list[str]
    names: list[str]
    x_label: str
    y_label: str


def prepare(diagnosis: Any) -> LayerMap | None:
    """Order neurons and features so that what belongs together lies together."""
    profile = diagnosis.profile
    held = [f for f in diagnosis.findings if f.features]
    if profile is None or not held:
        return None
    first = profile.feature[:, 0]
    rank = {kind: i for i, kind in enumerate(COLOURS)}
    held.sort(key=lambda f: (rank.get(f.kind, 99), int(first[f.neuron]), f.neuron))
    chosen = np.array([f.neuron for f in held])
    rows, values = _matrix(profile, chosen)
    pooled = pool_max_abs(values, MAX_ROWS, MAX_COLUMNS)
    row = np.minimum(pooled.row, len(rows) - 1)
    column = np.minimum(pooled.column, len(chosen) - 1)
    top = column[0]
    names = np.array([shortened(name, 40) for name in profile.names], dtype=object)
    whole = len(rows) <= min(NAMED, MAX_ROWS)
    return LayerMap(
        pooled.values,
        names[rows[row]],
        chosen[column],
        [held[i].kind for i in top],
        [str(name) for name in names[rows]] if whole else [],
        f"{len(held):,} neurons with a feature, polysemantic first",
        f"{len(rows):,} features",
    )


def _matrix(profile: Any, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Represented features in the order of the neurons they come first on, and the dense map."""
    represented = profile.group[chosen] > 0
    column, place = np.nonzero(represented)
    feature = profile.feature[chosen][column, place]
    signed = np.copysign(profile.share[chosen], profile.strength[chosen])[column, place]
    rows, first = np.unique(feature, return_index=True)
    rows = rows[np.argsort(first, kind="stable")]
    where = np.zeros(rows.max() + 1, dtype=np.int64)
    where[rows] = np.arange(len(rows))
    values = np.zeros((len(rows), len(chosen)), dtype=np.float32)
    values[where[feature], column] = signed
    return rows, values


def paint(ax: Any, data: LayerMap) -> None:
    """Draw into Matplotlib axes."""
    from polysem._plots.mpl import diverging_map

    height, width = data.values.shape
    strip = max(0.05 * height, 0.4)
    ax.imshow(
        data.values, cmap=diverging_map(), vmin=-1, vmax=1, aspect="auto",
        extent=(0, width, height, 0),
    )  # fmt: skip
    for place, kind in enumerate(data.kinds):
        ax.add_patch(_strip(place, strip, colour_of(kind)))
    ax.set(xlabel=data.x_label, ylabel=data.y_label, xticks=[], xlim=(0, width))
    ax.set_ylim(height, -1.3 * strip)
    short = [shortened(name, 14) for name in data.names]
    if short and len(short) <= NAMED // 2:
        ax.set_yticks(np.arange(height) + 0.5, [_plain(name) for name in short], fontsize=6)
    else:
        ax.set_yticks([])


def _strip(place: int, height: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((place, -1.2 * height), 1, height, color=colour, linewidth=0)


def _plain(name: str) -> str:
    """A name that Matplotlib does not take for mathematics."""
    return name.replace("$", r"\$")


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure."""
    from bokeh.models import ColorBar, LinearColorMapper

    from polysem._plots.bokeh_canvas import canvas, hover, nothing_to_show, source
    from polysem._plots.colours import diverging

    data = prepare(diagnosis)
    if data is None:
        return nothing_to_show(TITLE, "", NOTHING)
    height, width = data.values.shape
    strip = max(0.05 * height, 0.4)
    plot = canvas(
        TITLE.partition(":")[0],  # it starts right of the names, where a phone has little room
        "strip: what was found",
        data.x_label,
        data.y_label,
        height=max(300, 110 + 14 * min(height, 40)),
        x_range=(0, width),
        y_range=(height, -1.3 * strip),
    )
    mapper = LinearColorMapper(palette=diverging(), low=-1, high=1)
    row, column = np.nonzero(data.values)
    cells = source(
        x=column + 0.5,
        y=row + 0.5,
        value=np.round(data.values[row, column], 3).astype(float),
        feature=data.feature[row, column],
        neuron=data.neuron[row, column],
    )
    filled = plot.rect(
        "x", "y", 1, 1, source=cells, line_color=None,
        fill_color={"field": "value", "transform": mapper},
    )  # fmt: skip
    colours = [colour_of(kind) for kind in data.kinds]
    marks = source(x=np.arange(width) + 0.5, colour=colours, kind=data.kinds)
    top = plot.rect("x", -0.7 * strip, 1, strip, source=marks, color="colour")
    plot.add_layout(ColorBar(color_mapper=mapper, width=10, padding=4), "right")
    hover(plot, [filled], [("neuron", "@neuron"), ("feature", "@feature"), ("share", "@value")])
    hover(plot, [top], [("", "@kind")])
    plot.xaxis.major_label_text_font_size = "0px"
    plot.xaxis.major_tick_line_color = plot.xaxis.minor_tick_line_color = None
    _row_names(plot, data)
    plot.grid.visible = False
    return plot


def _row_names(plot: Any, data: LayerMap) -> None:
    from polysem._plots.bokeh_canvas import plain

    if not data.names:
        plot.yaxis.major_label_text_font_size = "0px"
        plot.yaxis.major_tick_line_color = plot.yaxis.minor_tick_line_color = None
        return
    plot.yaxis.ticker = [i + 0.5 for i in range(len(data.names))]
    short = (shortened(name, 24) for name in data.names)
    plot.yaxis.major_label_overrides = {i + 0.5: plain(name) for i, name in enumerate(short)}
