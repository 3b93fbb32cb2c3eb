"""The weight matrix of one moment as a picture: rows and columns so that winners stand out."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    CustomJSHover,
    FixedTicker,
    LinearColorMapper,
    Range1d,
)

from polysem._explorer.live.frames import ZERO, Frame, Opening, levels_of
from polysem._plots.bokeh_canvas import canvas, hover
from polysem._plots.colours import diverging

TICKS = (-1, -0.25, 0, 0.25, 1)
DECODE = f"const x = (value - {ZERO}) / {ZERO}; return (Math.sign(x) * x * x).toFixed(2)"
LOOK_UP = "const at = Math.floor(value); return at in ids.data.id ? ids.data.id[at] : '–'"
CAPTION = (
    "One row per feature, one column per neuron; blue is positive, vermillion negative. Neurons "
    "that are the first choice of two features come first. A column with two strong cells at the "
    "end is a polysemantic neuron."
)


class WeightsMap:
    """The picture; `open` gives it its axes, `show` a moment."""

    def __init__(self) -> None:
        # Ranges that follow the data would be laid anew by the browser, with a margin and upright.
        ranges: Any = {"x_range": Range1d(start=0, end=1), "y_range": Range1d(start=1, end=0)}
        self.plot = canvas(
            "Weights W", "", "neurons", "features", height=320, name="Weights W", **ranges
        )
        palette = diverging(2 * ZERO + 1)
        mapper = LinearColorMapper(palette=palette, low=-0.5, high=2 * ZERO + 0.5)
        blank = np.full((1, 1), ZERO, dtype=np.uint8)
        self._image = self.plot.image(
            source={"image": [blank]}, image="image", x=0, y=0, dw=1, dh=1, color_mapper=mapper
        )
        places: Any = {int(level): f"{w:g}" for level, w in zip(levels_of(np.array(TICKS)), TICKS)}  # noqa: B905
        bar = ColorBar(
            color_mapper=mapper,
            width=10,
            padding=4,
            ticker=FixedTicker(ticks=list(places)),
            major_label_overrides=places,
        )
        self.plot.add_layout(bar, "right")
        # Numbers of rows and columns are sent once, not with every moment.
        self._features, self._neurons = (ColumnDataSource({"id": []}) for _ in range(2))
        look_up = {
            "$y": CustomJSHover(args={"ids": self._features}, code=LOOK_UP),
            "$x": CustomJSHover(args={"ids": self._neurons}, code=LOOK_UP),
            "@image": CustomJSHover(code=DECODE),
        }
        rows = [("feature", "$y{custom}"), ("neuron", "$x{custom}"), ("weight", "@image{custom}")]
        hover(self.plot, [self._image], rows, formatters=look_up)
        self.plot.axis.major_label_text_font_size = "0px"
        self.plot.axis.major_tick_line_color = self.plot.axis.minor_tick_line_color = None
        self.plot.grid.visible = False

    def open(self, opening: Opening, rows: int, columns: int) -> None:
        """Axes for a picture of so many rows and columns."""
        n, m = len(opening.features), len(opening.neurons)
        self.plot.x_range.start, self.plot.x_range.end = 0, columns
        self.plot.y_range.start, self.plot.y_range.end = rows, 0
        self._image.glyph.dw, self._image.glyph.dh = columns, rows
        block = " (a cell is the largest weight of a block)" if opening.pooled else ""
        self.plot.xaxis.axis_label.text = f"{m:,} neurons, contested ones first{block}"
        self.plot.yaxis.axis_label.text = f"{n:,} features"
        feature, neuron = opening.firsts(rows, columns)
        self._features.data, self._neurons.data = {"id": feature}, {"id": neuron}

    def show(self, frame: Frame) -> None:
        """Show one moment."""
        self._image.data_source.data = {"image": [frame.levels]}
