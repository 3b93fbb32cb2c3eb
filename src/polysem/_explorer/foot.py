"""Below every view: downloads, the link that restores it, the Python that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.downloads import Downloads, Maker
from polysem._explorer.links import query


class Foot:
    """`layout` — to lay out. `figure`, `table` — makers of a Matplotlib figure and of a data
    frame; `slug` — of the view, also the name of its files."""

    def __init__(self, slug: str, figure: Maker, table: Maker) -> None:
        self._slug = slug
        self._downloads = Downloads(f"polysem-{slug}", figure, table)
        self._more = texts.html("")
        self.layout = pn.Column(self._downloads.row, self._more, sizing_mode="stretch_width")

    def rename(self, name: str) -> None:
        """Name the files otherwise."""
        self._downloads.rename(name)

    def show(
        self, state: Mapping[str, Any], python: str, *, figures: bool = True, data: bool = True
    ) -> None:
        """Say the link in the address bar and on the page, and the Python; `data` — whether there
        is anything to save yet, `figures` — whether a figure too."""
        search = query(state)
        if pn.state.location is not None and pn.state.location.search != search:
            pn.state.location.search = search
        self._downloads.allow(data, figures=figures)
        code = texts.code(python) if python else ""
        self._more.object = texts.link(f"{self._slug}{search}", "Link to this view") + code
