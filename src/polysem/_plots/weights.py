"""The weights of one network at the start and at the end, ordered so that winners stand out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.pooling import pool_max_abs
from polysem._plots.run_facts import first_countable, subtitle

TITLE = "Weights of one network, before and after"
MAX_ROWS, MAX_COLUMNS = 160, 240
DRAW_ALL_UP_TO = 64  # neurons; of larger layers only those that a feature ended on are drawn
SIGNS = {"opposite": "opposite sign", "same": "same sign"}


class Panel(NamedTuple):
    """One heat map: weights (rows, columns) and, of every cell, its feature and neuron."""

    name: str
    values: np.ndarray
    feature: np.ndarray
    neuron: np.ndarray
    limit: float


class WeightsView(NamedTuple):
    """Two panels and the polysemantic neurons: `marks` maps sign → column positions."""

    start: Panel
    end: Panel
    marks: dict[str, list[float]]
    x_label: str
    y_label: str
    subtitle: str

    @property
    def room(self) -> float:
        """Height above the matrix for the marks, in rows."""
        return 0.05 * len(self.end.values) if any(self.marks.values()) else 0.0

    @property
    def panels(self) -> tuple[Panel, Panel]:
        """Start, then end."""
        return self.start, self.end


def prepare(run: Any) -> WeightsView | None:
    """The first countable seed of a run; None if there is none."""
    index = first_countable(run)
    if index is None:
        return None
    seed = run.seeds[index]
    winners = run.census.features["neuron"][run.census.features["seed"] == seed]
    shared = run.census.polysemantic_neurons
    here = shared["seed"] == seed
    signs = dict(zip(shared["neuron"][here].tolist(), shared["sign"][here].tolist(), strict=True))
    neurons = neuron_order(winners, list(signs), run.spec.network.m)
    features = feature_order(winners, neurons, run.end[index])
    start = _panel("start", run.start[index], features, neurons)
    end = _panel("end", run.end[index], features, neurons)
    shrink = end.values.shape[1] / len(neurons)
    marks: dict[str, list[float]] = {sign: [] for sign in SIGNS}
    for place, neuron in enumerate(neurons.tolist()):
        if neuron in signs:
            marks[signs[neuron]].append((place + 0.5) * shrink)
    line = subtitle(run, None, f"seed {seed} shown")
    return WeightsView(start, end, marks, *_labels(run, neurons), line)


def neuron_order(winners: np.ndarray, shared: list[int], m: int) -> np.ndarray:
    """Polysemantic neurons first, then the others that a feature ended on, then (few) unused."""
    used = np.unique(winners[winners >= 0])
    polysemantic = np.isin(used, shared)
    order = np.concatenate([used[polysemantic], used[~polysemantic]])
    if m <= DRAW_ALL_UP_TO or order.size == 0:
        order = np.concatenate([order, np.setdiff1d(np.arange(m), order)])
    return order


def feature_order(winners: np.ndarray, neurons: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Features in the order of the neurons they ended on, positive ones first; dead ones last."""
    place = np.full(end.shape[1] + 1, len(neurons))  # the last entry is for −1, dead
    place[neurons] = np.arange(len(neurons))
    negative = end[np.arange(len(end)), winners] < 0
    return np.lexsort((negative, place[winners]))


def _panel(name: str, W: np.ndarray, features: np.ndarray, neurons: np.ndarray) -> Panel:
    pooled = pool_max_abs(W[np.ix_(features, neurons)], MAX_ROWS, MAX_COLUMNS)
    limit = float(np.abs(pooled.values).max(initial=0)) or 1.0
    # Padding of the last block points beyond the matrix; its weights are zero.
    row = np.minimum(pooled.row, len(features) - 1)
    column = np.minimum(pooled.column, len(neurons) - 1)
    ids = np.int32 if max(W.shape) > 30_000 else np.int16
    return Panel(name, pooled.values, features[row].astype(ids), neurons[column].astype(ids), limit)


def _labels(run: Any, neurons: np.ndarray) -> tuple[str, str]:
    n, m = run.spec.network.n, run.spec.network.m
    if len(neurons) == m:
        x = f"all {m:,} neurons, polysemantic ones first"
    else:
        x = f"the {len(neurons):,} of {m:,} neurons that a feature ended on"
    pooled = n > MAX_ROWS or len(neurons) > MAX_COLUMNS
    y = f"{n:,} features" + (" (largest of each block)" if pooled else ", ordered")
    return x, y


def draw_mpl(run: Any) -> Any:
    """Matplotlib figure of the first countable seed of `run`."""
    from polysem._plots.mpl import new_figure, publication, say_nothing_to_show

    view = prepare(run)
    with publication():
        if view is None:
            figure, axes = new_figure(TITLE)
            say_nothing_to_show(axes, "No seed has finite weights.")
            return figure
        figure, axes = new_figure(TITLE, view.subtitle, width=6.6, height=3.1, ncols=2, sharey=True)
        for ax, panel in zip(axes, view.panels, strict=True):
            paint(ax, view, panel)
            ax.set_title(panel.name, loc="left")
        axes[1].set_ylabel("")
    return figure


def paint(ax: Any, view: WeightsView, panel: Panel) -> None:
    """Draw one panel into Matplotlib axes."""
    from polysem._plots.colours import GREY
    from polysem._plots.mpl import diverging_map

    height, width = panel.values.shape
    image = ax.imshow(
        panel.values,
        cmap=diverging_map(),
        vmin=-panel.limit,
        vmax=panel.limit,
        aspect="auto",
        extent=(0, width, height, 0),
    )
    ax.set(xlabel=view.x_label, ylabel=view.y_label, xticks=[], yticks=[])
    ax.set_ylim(height, -view.room)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GREY)
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    if panel.name == "end":
        _mark(ax, view)


def _mark(ax: Any, view: WeightsView) -> None:
    styles = {"opposite": ("v", "#000000"), "same": ("s", "#D55E00")}
    for sign, places in view.marks.items():
        if places:
            ax.plot(
                places,
                np.full(len(places), -view.room / 2),
                styles[sign][0],
                color=styles[sign][1],
                markersize=2.6,
                label=SIGNS[sign],
            )
    if any(view.marks.values()):  # right of the diagonal and below the marks: no winner is there
        height = len(view.end.values)
        ax.legend(
            loc="upper right",
            bbox_to_anchor=(1, height / (height + view.room)),
            title="polysemantic neurons",
            title_fontsize=6.5,
            fontsize=6.5,
            alignment="left",
            handlelength=1,
        )


def draw_bokeh(run: Any) -> Any:
    """Bokeh layout of the first countable seed of `run`: start above end, zoomed together."""
    from bokeh.layouts import column

    from polysem._plots.bokeh_canvas import nothing_to_show

    view = prepare(run)
    if view is None:
        return nothing_to_show(TITLE, "", "No seed has finite weights.")
    top = _bokeh_panel(view, view.start, {})
    bottom = _bokeh_panel(view, view.end, {"x_range": top.x_range, "y_range": top.y_range})
    _bokeh_marks(bottom, view)
    return column(top, bottom, sizing_mode="stretch_width")


def _bokeh_panel(view: WeightsView, panel: Panel, ranges: dict[str, Any]) -> Any:
    from bokeh.models import ColorBar, LinearColorMapper

    from polysem._plots.bokeh_canvas import canvas, hover
    from polysem._plots.colours import diverging

    height, width = panel.values.shape
    plot = canvas(
        f"Weights at the {panel.name}",
        view.subtitle,
        view.x_label,
        view.y_label,
        height=330,
        **(ranges or {"x_range": (0, width), "y_range": (height, -view.room)}),
    )
    mapper = LinearColorMapper(palette=diverging(), low=-panel.limit, high=panel.limit)
    data = {"image": [panel.values], "feature": [panel.feature], "neuron": [panel.neuron]}
    image = plot.image(
        source=data, image="image", x=0, y=0, dw=width, dh=height, color_mapper=mapper
    )
    plot.add_layout(ColorBar(color_mapper=mapper, width=10, padding=4), "right")
    rows = [("feature", "@feature"), ("neuron", "@neuron"), ("weight", "@image{0.0000}")]
    hover(plot, [image], rows)
    plot.axis.major_label_text_font_size = "0px"
    plot.axis.major_tick_line_color = plot.axis.minor_tick_line_color = None
    plot.grid.visible = False
    return plot


def _bokeh_marks(plot: Any, view: WeightsView) -> None:
    from polysem._plots.bokeh_canvas import legend

    styles = {"opposite": ("inverted_triangle", "#000000"), "same": ("square", "#D55E00")}
    entries = []
    for sign, places in view.marks.items():
        if places:
            marker, colour = styles[sign]
            points = plot.scatter(
                places, [-view.room / 2] * len(places), marker=marker, size=7, color=colour
            )
            entries.append((f"polysemantic neuron, {SIGNS[sign]}", [points]))
    legend(plot, entries)
