"""Matplotlib without pyplot: no window, no backend, no global setting is touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from polysem._plots import colours

STYLE = Path(__file__).with_name("polysem.mplstyle")
WIDTH, HEIGHT = 4.6, 3.4
"""Inches: one and a half columns of a journal page."""


@contextmanager
def publication() -> Iterator[None]:
    """Polysem's style inside the block; the caller's settings afterwards."""
    with matplotlib.rc_context(fname=STYLE):
        yield


def new_figure(
    title: str, subtitle: str = "", width: float = WIDTH, height: float = HEIGHT, **grid: Any
) -> tuple[Figure, Any]:
    """A figure with its axes (`Figure.subplots` arguments in `grid`), title and settings line."""
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(**grid)
    figure.suptitle(title, x=0.01, ha="left")
    if isinstance(axes, Axes):
        axes.set_title(subtitle, loc="left", color=colours.GREY, fontsize=7)
    elif subtitle:  # above one of several panels it would seem to belong to that panel
        figure.supxlabel(subtitle, x=0.01, ha="left", color=colours.GREY, fontsize=7)
    return figure, axes


def diverging_map() -> ListedColormap:
    """The colours of signed weights."""
    return ListedColormap(colours.diverging(), "polysem")


def legend_if_any(axes: Axes, **options: Any) -> None:
    """A legend, only if something in the axes has a label."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**options)


def boxed_legend(axes: Axes, **options: Any) -> None:
    """A legend in a box, where its marks could be taken for data."""
    legend = axes.legend(fontsize=6, frameon=True, fancybox=False, framealpha=0.9, **options)
    legend.get_frame().set(edgecolor=colours.PALE, linewidth=0.6)


def plain_log(axis: Any) -> None:
    """Ticks of a logarithmic axis as people write numbers; call it when its ends are set."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high <= 100 * low else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def say_nothing_to_show(axes: Axes, sentence: str) -> None:
    """Say in words why a panel is empty."""
    axes.set_axis_off()
    axes.text(
        0.5,
        0.5,
        sentence,
        ha="center",
        va="center",
        color=colours.GREY,
        transform=axes.transAxes,
        wrap=True,
    )
