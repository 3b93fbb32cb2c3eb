"""The neurons page: choose a diagnosis, filter its neurons, look at one."""

from __future__ import annotations

from typing import Any

import panel as pn

from polysem._errors import BadInput
from polysem._explorer import texts
from polysem._explorer.figures import HALF
from polysem._explorer.jobs import Turns
from polysem._explorer.neurons.chosen import Chosen
from polysem._explorer.neurons.evidence import evidence, headline
from polysem._explorer.neurons.filters import Filters
from polysem._explorer.neurons.listing import NARROW, Wanted, columns_of, frame_of, listed
from polysem._explorer.neurons.pictures import Pictures
from polysem._explorer.neurons.sheets import SHEETS
from polysem._explorer.picker import Picker
from polysem._explorer.sheets import Sheets
from polysem._explorer.shelf import Item
from polysem._explorer.table import RowTable
from polysem._explorer.views import Session
from polysem._explorer.working import Working
from polysem._plots.labels import plural, shortened
from polysem._report.diagnosis_page import cautions, told_first

VERBS = ("diagnose",)
MOST = 5000  # rows in the list
LEAD = (
    "Which neurons of a trained network answer to several unrelated features, and could they have "
    "been pure? Choose a neuron in the table or click one in a picture."
)
WITHOUT = (
    "No diagnosis was opened. “polysem diagnose … --out DIR” makes one of weights, recordings or a "
    "live model; “polysem explore DIR” then shows it here."
)


def open_item(item: Item) -> Any:
    """Read a diagnosis. Raises `BadInput` if it cannot be read or has no neuron."""
    from polysem._diagnose.store import load

    found = load(item.path)
    if not found.findings:
        raise BadInput("This diagnosis has no neuron.")
    return found


class NeuronsView:
    """The page. `layout` — to lay out; `close` frees its work."""

    period = 100

    def __init__(self, session: Session) -> None:
        typed = session.typed
        self._turns = Turns()
        self._diagnosis: Any = None
        self._folder, self._asked = "", typed.get("neuron", "")
        self.neuron = -1
        soon = self._turns.soon
        self.picker = Picker(session.shelf, VERBS, typed.get("folder", ""), lambda: soon(self.read))
        self.working = Working()
        self.filters = Filters(typed, lambda: soon(self._list))
        self.table = RowTable(what="neuron", sizing_mode="stretch_width")
        self.table.param.watch(lambda _: soon(self._chosen_in_table), "chosen")
        self.pictures = Pictures(lambda neuron: soon(self.choose, neuron))
        self.sheets = Sheets(
            "neurons", SHEETS, lambda _: self._chosen(), lambda: soon(self._say_link),
            typed.get("save", ""),
        )  # fmt: skip
        self.said, self.words = texts.html(""), texts.html("")
        self.head, self.evidence = texts.html(""), texts.html("")
        self._body = self._lay_out()
        self.layout = pn.Column(
            texts.html(texts.paragraph(LEAD)), self.picker.layout, self.working.layout, self.said,
            self._body, sizing_mode="stretch_width",
        )  # fmt: skip
        if self.picker.chosen:
            self.read()
        else:
            self.picker.layout.visible = bool(session.shelf.items(VERBS))
            self.said.object = texts.paragraph(WITHOUT)

    def _lay_out(self) -> Any:
        pictures = self.pictures
        row = {"sizing_mode": "stretch_width"}
        return pn.Column(
            self.filters.layout,
            pn.FlexBox(
                pn.Column(self.table, styles=HALF, margin=0),
                pn.Column(self.head, pictures.neuron, self.evidence, styles=HALF, margin=0),
                **row,
            ),
            pn.FlexBox(pictures.map, pictures.dots, pictures.costs, pictures.nulls, **row),
            self.words,
            self.sheets.layout,
            visible=False,
            **row,
        )

    # What the user does

    def read(self) -> None:
        """Read the chosen diagnosis, from the disk as it is now."""
        item = self.picker.open()
        if item is None:
            self._body.visible = False
            self.said.object = ""
            return
        self._folder = str(item.path)
        self.working.start("Reading", lambda _: open_item(item), self._show)

    def _show(self, diagnosis: Any) -> None:
        self._diagnosis = diagnosis
        said, *more = diagnosis.summary()
        warned = "".join(texts.paragraph(words, "problem") for words in cautions(diagnosis))
        self.said.object = texts.paragraph(shortened(said, 600), "status") + warned
        self.words.object = texts.heading("In words") + texts.paragraphs(
            shortened(words, 600) for words in more
        )
        self.filters.open(diagnosis)
        asked, self._asked = self._asked, ""
        known = asked.isdecimal() and int(asked) < len(diagnosis.findings)
        self.neuron = int(asked) if known else told_first(diagnosis)[0].neuron
        self.pictures.open(diagnosis, self.neuron)
        self._body.visible = True
        if asked and not known:
            self.picker.say(f"There is no neuron “{asked[:40]}” in this diagnosis.")
        self._list()
        self._look()

    def _list(self) -> None:
        """List the neurons that are wanted."""
        if self._diagnosis is None:
            return
        found = listed(self._diagnosis, self.filters.read())
        columns = columns_of(self._diagnosis)
        total = len(self._diagnosis.findings)
        cut = f"; the first {MOST:,} are listed" if len(found) > MOST else ""
        caption = f"{plural(len(found), 'neuron')} of {total:,}, the most telling first{cut}"
        self.table.fill(frame_of(found[:MOST], columns), list(columns.values()), caption, NARROW)
        self._say_link()

    def _chosen_in_table(self) -> None:
        self.choose(self.table.chosen)  # as it is now: it is also set here

    def choose(self, neuron: int) -> None:
        """Look at another neuron."""
        if self._diagnosis is None or neuron == self.neuron:
            return
        self.neuron = neuron
        self._look()

    def _look(self) -> None:
        chosen = self._chosen()
        self.table.chosen = self.neuron
        self.pictures.show(chosen)
        self.head.object = headline(chosen.finding)
        self.evidence.object = evidence(self._diagnosis, chosen.finding)
        self._say_link()

    def _chosen(self) -> Chosen:
        wanted = self.filters.read() if self._diagnosis is not None else Wanted()
        return Chosen(self._diagnosis, self._folder, self.neuron, wanted)

    def state(self) -> dict[str, Any]:
        """The diagnosis, the neuron, what is wanted of the others, what is saved."""
        return {
            "folder": self.picker.chosen,
            "neuron": self.neuron,
            **self.filters.state(),
            "save": self.sheets.chosen,
        }

    def _say_link(self) -> None:
        if self._diagnosis is not None:
            self.sheets.show(self.state())

    # What happens by itself

    def tick(self) -> None:
        """What was clicked, and what was read."""
        self._turns.take()
        self.working.tick()

    def close(self) -> None:
        """Free the work of this page."""
        self.working.cancel()
