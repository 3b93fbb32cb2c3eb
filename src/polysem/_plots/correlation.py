"""Mean overlap of start and end encodings, every feature with every other: an n × n heat map.

The diagonal says how much of its start a feature keeps; the rest is the null.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.labels import settings_line
from polysem._plots.pooling import pool_max_abs

TITLE = "What the end keeps of the start"
X_LABEL, Y_LABEL = "feature at the end", "feature at the start"
CELLS = 64  # a larger matrix is pooled, so that its diagonal is wide enough to be seen


class Correlation(NamedTuple):
    """`values` — the matrix, pooled; `start`, `end` — the features of every cell."""

    values: np.ndarray
    start: np.ndarray
    end: np.ndarray
    limit: float
    size: int
    diagonal: float
    others: float
    label: str
    settings: str

    @property
    def numbers(self) -> str:
        """The comparison in numbers."""
        others = "" if np.isnan(self.others) else f", different features {self.others:.3f}"
        return f"mean overlap: same feature {self.diagonal:.3f}{others}"

    @property
    def subtitle(self) -> str:
        """Settings, the comparison in numbers, and how the matrix was pooled."""
        block = -(-self.size // CELLS)
        pooled = f"; a cell shows the largest of {block} × {block}" if block > 1 else ""
        return f"{self.settings}{pooled}\n{self.numbers}"

    @property
    def title(self) -> str:
        """Heading with the method's name."""
        return f"{TITLE}: {self.label}" if self.label else TITLE


def prepare(
    matrix: Any,
    label: str = "",
    m: int | None = None,
    l1: float | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> Correlation:
    """`matrix`: (n, n), entry (i, j) the mean over seeds of start_i · end_j."""
    matrix = np.asarray(matrix, dtype=float)
    n = len(matrix)
    pooled = pool_max_abs(matrix, CELLS, CELLS)
    others = (matrix.sum() - np.trace(matrix)) / (n * (n - 1)) if n > 1 else np.nan
    return Correlation(
        pooled.values,
        np.minimum(pooled.row, n - 1).astype(np.int32),
        np.minimum(pooled.column, n - 1).astype(np.int32),
        float(np.abs(pooled.values).max(initial=0)) or 1.0,
        n,
        float(np.trace(matrix)) / n,
        float(others),
        label,
        settings_line(n, m, l1, seeds, note),
    )


def draw_mpl(
    matrix: Any,
    label: str = "",
    *,
    m: int | None = None,
    l1: float | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> Any:
    """Matplotlib figure."""
    from polysem._plots.mpl import diverging_map, new_figure, publication

    data = prepare(matrix, label, m, l1, seeds, note)
    with publication():
        figure, axes = new_figure(data.title, data.subtitle, width=4.6, height=4.2, squeeze=False)
        ax = axes[0, 0]
        image = ax.imshow(
            data.values,
            cmap=diverging_map(),
            vmin=-data.limit,
            vmax=data.limit,
            extent=(0, data.size, data.size, 0),
        )
        for spine in ax.spines.values():
            spine.set(visible=True, color="#666666")
        ax.set(xlabel=X_LABEL, ylabel=Y_LABEL)
        bar = figure.colorbar(
            image, ax=ax, pad=0.02, shrink=0.8, label="start · end, mean over seeds"
        )
        bar.outline.set_visible(False)
    return figure


def draw_bokeh(
    matrix: Any,
    label: str = "",
    *,
    m: int | None = None,
    l1: float | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> Any:
    """Bokeh figure."""
    from bokeh.models import ColorBar, LinearColorMapper

    from polysem._plots.bokeh_canvas import canvas, hover
    from polysem._plots.colours import diverging

    data = prepare(matrix, label, m, l1, seeds, note)
    plot = canvas(
        data.title,
        data.subtitle,
        X_LABEL,
        Y_LABEL,
        height=520,
        max_width=620,
        x_range=(0, data.size),
        y_range=(data.size, 0),
    )
    mapper = LinearColorMapper(palette=diverging(), low=-data.limit, high=data.limit)
    columns = {"image": [data.values.astype(np.float32)], "start": [data.start], "end": [data.end]}
    image = plot.image(
        source=columns, image="image", x=0, y=0, dw=data.size, dh=data.size, color_mapper=mapper
    )
    plot.add_layout(ColorBar(color_mapper=mapper, width=10, padding=4), "right")
    hover(plot, [image], [(Y_LABEL, "@start"), (X_LABEL, "@end"), ("overlap", "@image{0.0000}")])
    plot.grid.visible = False
    return plot
