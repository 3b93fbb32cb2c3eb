"""Figures as PNG and SVG, tables as CSV and Parquet, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import panel as pn

FIGURE_KINDS = ("png", "svg")
TABLE_KINDS = ("csv", "parquet")


def figure_bytes(figure: Any, kind: str) -> BytesIO:
    """A Matplotlib figure as a file of that kind; the figure is closed."""
    from polysem._plots.mpl import publication

    out = BytesIO()
    with publication():
        figure.savefig(out, format=kind, dpi=200)
    figure.clear()
    out.seek(0)
    return out


def table_bytes(frame: Any, kind: str) -> BytesIO:
    """A data frame as a file of that kind."""
    out = BytesIO()
    if kind == "csv":
        out.write(frame.to_csv(index=False).encode("utf-8"))
    else:
        frame.to_parquet(out, index=False)
    out.seek(0)
    return out


class Downloads:
    """Buttons for one view. `row` — to lay out; `allow` — whether there is something to save.

    `figure`, `table` — give a Matplotlib figure and a data frame when asked. `name` — of files;
    `of` — of what, where a page has several rows.
    """

    def __init__(
        self, name: str, figure: Callable[[], Any], table: Callable[[], Any], of: str = ""
    ) -> None:
        self._figures = [
            self._button(name, f"{of}Figure", kind, lambda k=kind: figure_bytes(figure(), k))
            for kind in FIGURE_KINDS
        ]
        self._tables = [
            self._button(name, f"{of}Data", kind, lambda k=kind: table_bytes(table(), k))
            for kind in TABLE_KINDS
        ]
        self.row = pn.FlexBox(*self._figures, *self._tables, sizing_mode="stretch_width")
        self.allow(False)

    @staticmethod
    def _button(name: str, what: str, kind: str, make: Callable[[], BytesIO]) -> Any:
        shown = {"csv": "CSV", "parquet": "Parquet"}.get(kind, kind.upper())
        return pn.widgets.FileDownload(
            callback=make, filename=f"{name}.{kind}", label=f"{what} ({shown})", width=140
        )

    def rename(self, name: str) -> None:
        """Name the files otherwise."""
        for button in (*self._figures, *self._tables):
            button.filename = f"{name}.{button.filename.rpartition('.')[2]}"

    def allow(self, yes: bool, *, figures: bool = True) -> None:
        """Let the buttons be used or not; `figures` — those of figures too."""
        for button in self._figures:
            button.disabled = not (yes and figures)
        for button in self._tables:
            button.disabled = not yes
