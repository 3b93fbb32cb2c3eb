"""Bokeh figures that look alike: titles, tools, legends, and text that is never markup."""

from __future__ import annotations

from typing import Any

from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    HoverTool,
    Label,
    Legend,
    LegendItem,
    PlainText,
    Title,
)
from bokeh.plotting import figure

from polysem._plots import colours

MANY, ROW = 6, 19
"""Entries of a legend in one column, and the height of one in pixels."""
TOOLS = "pan,box_zoom,wheel_zoom,reset,save"


def plain(text: str) -> Any:
    """Text shown as it is: Bokeh would typeset `$$…$$` and fetch a library to do so."""
    return PlainText(text=text)


def canvas(
    title: str, subtitle: str, x_label: str, y_label: str, *, height: int = 400, **options: Any
) -> Any:
    """An empty figure as wide as its page, with its title and settings line above."""
    plot = figure(
        height=height,
        sizing_mode="stretch_width",
        min_width=260,
        tools=TOOLS,
        active_drag=None,
        active_scroll=None,
        toolbar_location="right",
        background_fill_color="white",
        **options,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    for line in reversed(subtitle.splitlines()):  # each is laid above the one before
        grey = Title(text=plain(line), text_color=colours.GREY, text_font_size="12px")
        grey.text_font_style = "normal"
        plot.add_layout(grey, "above")
    plot.add_layout(Title(text=plain(title), text_font_size="14px"), "above")
    plot.xaxis.axis_label, plot.yaxis.axis_label = plain(x_label), plain(y_label)
    plot.axis.major_tick_in = 0
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.axis_label_text_font_size = "13px"
    plot.axis.major_label_text_font_size = "12px"
    plot.grid.grid_line_color = "#EEEEEE"
    plot.outline_line_color = None
    return plot


def hover(plot: Any, renderers: list[Any], rows: list[tuple[str, str]], **options: Any) -> None:
    """Show `rows` (label, value with @column) when the pointer is on one of the renderers."""
    plot.add_tools(HoverTool(renderers=renderers, tooltips=rows, **options))


def legend(plot: Any, entries: list[tuple[str, list[Any]]], always: bool = False) -> None:
    """A legend below the plot, where it hides no data; a click hides a line.

    One column, so that it fits a phone; of many entries two, for which the plot grows. `always` —
    what has no data just now keeps its mark.
    """
    if always:
        entries = [(label, [*drawn, *_unseen(plot, drawn)]) for label, drawn in entries]
    items = [
        LegendItem(label=label, renderers=renderers) for label, renderers in entries if renderers
    ]
    if items:
        many = len(items) > MANY
        if many:
            plot.height += ROW * ((len(items) + 1) // 2 - MANY // 2)
        box = Legend(
            items=items,
            ncols=2 if many else 1,
            click_policy="hide",
            border_line_color=None,
            location="top_left",
            label_text_font_size="12px",
            spacing=0,
            margin=2,
        )
        plot.add_layout(box, "below")


def _unseen(plot: Any, renderers: list[Any]) -> list[Any]:
    """The same marks at no place."""
    return [
        plot.add_glyph(
            ColumnDataSource({name: [float("nan")] for name in drawn.data_source.data}), drawn.glyph
        )
        for drawn in renderers
    ]


def nothing_to_show(title: str, subtitle: str, sentence: str) -> Any:
    """A figure that says in words why it is empty."""
    plot = canvas(title, subtitle, "", "", height=160, x_range=(0, 1), y_range=(0, 1))
    plot.axis.visible = plot.grid.visible = False
    plot.add_layout(
        Label(x=0.5, y=0.5, text=plain(sentence), text_align="center", text_color=colours.GREY)
    )
    return plot


def source(**columns: Any) -> ColumnDataSource:
    """Named columns of equal length."""
    return ColumnDataSource({name: list(values) for name, values in columns.items()})


def plain_log(axis: Any, ends: tuple[float, float]) -> None:
    """Ticks of a logarithmic axis as people write numbers, where they have room."""
    from polysem._plots.sweep_scales import round_ticks

    ticks = round_ticks(ends)
    axis.ticker = [at for at, _ in ticks]
    axis.major_label_overrides = dict(ticks)


def integer_ticks(axis: Any) -> None:
    """Ticks at whole numbers only."""
    axis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)
