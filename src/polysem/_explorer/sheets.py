"""What can be taken from a view that has several figures: one of them at a time is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import panel as pn

from polysem._explorer.foot import Foot


class Sheet(NamedTuple):
    """One figure to take away, made from what a view gives (`of`, as in `Sheets`).

    `label` — its name; `figure`, `table` — make a Matplotlib figure and a data frame of it;
    `python` — the code that makes it.
    """

    label: str
    figure: Callable[[Any], Any]
    table: Callable[[Any], Any]
    python: Callable[[Any], str]


class Sheets:
    """`layout` — to lay out. `of` gives what the sheets are made from and nothing changes any more,
    None if there is nothing yet; `chosen` — the key of a sheet; `changed` is called when another
    one is chosen."""

    def __init__(
        self,
        slug: str,
        sheets: Mapping[str, Sheet],
        of: Callable[[Sheet], Any],
        changed: Callable[[], Any],
        chosen: str = "",
    ) -> None:
        self._sheets, self._of = sheets, of
        self.choice = pn.widgets.Select(
            label="Figure to save",
            options={sheet.label: key for key, sheet in sheets.items()},
            value=chosen if chosen in sheets else next(iter(sheets)),
            width=320,
        )
        self._foot = Foot(slug, self._figure, self._table)
        self._slug = slug
        self.choice.param.watch(lambda _: changed(), "value")
        self.layout = pn.Column(self.choice, self._foot.layout, sizing_mode="stretch_width")

    @property
    def chosen(self) -> str:
        """The key of the chosen sheet; "" for the first, which a link need not name."""
        return "" if self.choice.value == next(iter(self._sheets)) else str(self.choice.value)

    def show(self, state: Mapping[str, Any], python: str = "") -> None:
        """Say the link and the Python of the chosen sheet; `python` while there is nothing yet."""
        made_of = self._of(self._sheet)
        if made_of is not None:
            python = self._sheet.python(made_of)
        self._foot.rename(f"polysem-{self._slug}-{self.choice.value}")
        self._foot.show(state, python, data=made_of is not None)

    @property
    def _sheet(self) -> Sheet:
        return self._sheets[str(self.choice.value)]

    def _figure(self) -> Callable[[], Any]:
        return partial(self._sheet.figure, self._of(self._sheet))

    def _table(self) -> Callable[[], Any]:
        return partial(self._sheet.table, self._of(self._sheet))
