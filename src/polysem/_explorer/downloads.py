"""Figures as PNG and SVG, tables as CSV and Parquet, made when they are asked for.

In a thread of their own, one after the other: no page waits for a large one, and the settings of
Matplotlib are changed by one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import panel as pn

from polysem._explorer import texts

FIGURE_KINDS = ("png", "svg")
TABLE_KINDS = ("csv", "parquet")
MAKER = ThreadPoolExecutor(1, "polysem-files")
Maker = Callable[[], Callable[[], Any]]
"""Asked at once, gives what makes a figure or a table of what is shown now, in another thread."""


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

    `figure`, `table` — makers of a Matplotlib figure and of a data frame. `name` — of files; `of` —
    of what, where a page has several rows.
    """

    def __init__(self, name: str, figure: Maker, table: Maker, of: str = "") -> None:
        self._figures = [
            self._button(name, f"{of}Figure", kind, figure, figure_bytes) for kind in FIGURE_KINDS
        ]
        self._tables = [
            self._button(name, f"{of}Data", kind, table, table_bytes) for kind in TABLE_KINDS
        ]
        self._said = texts.html("")
        buttons = pn.FlexBox(*self._figures, *self._tables, sizing_mode="stretch_width")
        self.row = pn.Column(buttons, self._said, sizing_mode="stretch_width", margin=0)
        self.allow(False)

    def _button(
        self, name: str, what: str, kind: str, maker: Maker, save: Callable[[Any, str], BytesIO]
    ) -> Any:
        shown = {"csv": "CSV", "parquet": "Parquet"}.get(kind, kind.upper())

        async def give() -> BytesIO:
            button.loading, self._said.object = True, ""
            try:
                make = maker()
                work = asyncio.get_running_loop().run_in_executor
                return await work(MAKER, lambda: save(make(), kind))
            except (Exception, MemoryError) as error:  # the page must say it; the log has the rest
                said = f"This file could not be made: {type(error).__name__}: {error}"
                self._said.object = texts.problem(said)
                raise
            finally:
                button.loading = False

        button = pn.widgets.FileDownload(
            callback=give, filename=f"{name}.{kind}", label=f"{what} ({shown})", width=140
        )
        return button

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
