"""A table whose heads sort it and whose rows can be chosen, by pointer and by keyboard."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import panel as pn
import param

from polysem._explorer.styles import style


class RowTable(pn.custom.JSComponent):
    """Rows of plain values; the first value of a row names it.

    `heads` — of the columns; `rows` — lists of values, None for unknown; `chosen` — the first value
    of the chosen row; `what` — what a row is, in a word; `spared` — numbers of the columns that a
    narrow screen goes without.
    """

    heads = param.List(default=[])
    rows = param.List(default=[])
    spared = param.List(default=[])
    caption = param.String(default="")
    what = param.String(default="row")
    chosen = param.Integer(default=-1)
    per_page = param.Integer(default=12)

    _esm = Path(__file__).with_name("table.js").read_text(encoding="utf-8")
    _stylesheets = [style("table.css")]  # noqa: RUF012 - Panel's own name and kind

    def fill(self, frame: Any, heads: list[str], caption: str, kept: Collection[str]) -> None:
        """Show a data frame; on a narrow screen only the columns `kept`."""
        rows = [[_plain(value) for value in row] for row in frame.itertuples(index=False)]
        spared = [at for at, name in enumerate(frame.columns) if name not in kept]
        self.param.update(heads=heads, rows=rows, spared=spared, caption=caption)


def _plain(value: Any) -> Any:
    """A value that JSON holds; None for what is not finite."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value - value != 0 else value
