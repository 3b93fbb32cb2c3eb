"""Which result of the shelf is shown: a list, a button to read it again, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import panel as pn

from polysem._errors import BadInput
from polysem._explorer import texts
from polysem._explorer.shelf import HERE, Item, Shelf

NOTHING = "choose …"
TOGETHER = "*"  # the name of all runs at once
RUNS = ("simulate", "train")


class Picker:
    """`layout` — to lay out. `chosen` — name of the result, "" for none; `picked` is called after
    another one was chosen and when it is to be read again."""

    def __init__(
        self, shelf: Shelf, verbs: Collection[str], asked: str, picked: Callable[[], Any]
    ) -> None:
        self._shelf, self._verbs = shelf, verbs
        self.list = pn.widgets.Select(label="Result", options={}, width=320)
        self.again = pn.widgets.Button(label="Read again", width=110)
        self._problem = texts.html("")
        self.layout = pn.Column(
            pn.FlexBox(self.list, self.again, align_items="end", sizing_mode="stretch_width"),
            self._problem,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.layout.visible = shelf.root is not None
        names = [TOGETHER, *(item.name for item in shelf.items(verbs))]
        self._asked = asked if asked and asked not in names else ""
        self._misled = bool(self._asked)
        self._look()
        named = list(self.list.options.values())
        first = next((one.name for one in self._items if not one.problem), "")
        self.list.value = asked if asked in named else "" if asked else first
        self.list.param.watch(lambda _: picked(), "value")
        self.again.on_click(lambda _: picked())

    def _look(self) -> None:
        self._items = self._shelf.items(self._verbs)
        # Where nothing is chosen the list must have a line for it, or browsers choose the first.
        options = {NOTHING: ""} if self._misled or len(self._items) != 1 else {}
        options |= {_label(item, self._shelf): item.name for item in self._items}
        if len(self.runs) > 1:
            options[f"all {len(self.runs)} runs together"] = TOGETHER
        if options != self.list.options:
            chosen = self.list.value
            with pn.io.hold():
                self.list.options = options
                self.list.value = chosen if chosen in options.values() else ""

    @property
    def runs(self) -> list[str]:
        """The names of all runs, if those are shown here."""
        return [item.name for item in self._items if item.verb in RUNS]

    @property
    def chosen(self) -> str:
        """The name of the result; "" for none."""
        return self._asked or self.list.value or ""

    def open(self) -> Item | None:
        """The chosen result, safe to read; None if there is none, and then the page says why."""
        return next(iter(self.open_all()), None)

    def open_all(self) -> list[Item]:
        """The chosen results, more than one only for runs together; the page says what is wrong
        with those left out."""
        self._look()
        chosen, self._asked = self.chosen, ""
        found, problems = [], []
        for name in self.runs if chosen == TOGETHER else [chosen] if chosen else []:
            try:
                found.append(self._shelf.open(name, self._verbs))
            except BadInput as error:
                problems.append(str(error))
        self.say(" ".join(problems))
        return found

    def say(self, problem: str) -> None:
        """Say beside the list what is wrong with the result."""
        self._problem.object = texts.problem(problem)


def _label(item: Item, shelf: Shelf) -> str:
    name = shelf.root.name if item.name == HERE and shelf.root is not None else item.name
    return f"{name} ({item.verb or 'cannot be read'})"
