"""The results page: choose a result and its axes, see the counts, open a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.foot import Foot
from polysem._explorer.jobs import Turns
from polysem._explorer.picker import TOGETHER, Picker
from polysem._explorer.results import example
from polysem._explorer.results.axes import Axes
from polysem._explorer.results.chart import Chart
from polysem._explorer.results.network import NetworkPane
from polysem._explorer.results.networks import points_of
from polysem._explorer.results.opened import Opened, open_item, open_together
from polysem._explorer.views import Session
from polysem._explorer.working import Working
from polysem._plots import sweep as figure
from polysem._plots.sweep_choice import Choice
from polysem._run.run import Run

VERBS = ("simulate", "train", "sweep")
LEAD = (
    "How many neurons become polysemantic, and on what does that depend? Points are measured, "
    "lines are what theory expects. Click a point to see its networks."
)
WITHOUT = (
    "No folder was opened. Start the explorer with one, as in “polysem explore runs”; "
    "“polysem sweep GRID.yaml --out runs” and “polysem simulate --n 64 --m 256 --seeds 8 --out "
    "runs” make one. Or look at a small example, computed here in a few seconds:"
)
MANY = 5_000  # networks whose intervals take long enough to be computed beside the page
EMPTY = "The folder that was opened holds no run and no sweep: see the other views."


class ResultsView:
    """The page. `layout` — to lay out; `close` frees its work."""

    period = 150

    def __init__(self, session: Session) -> None:
        typed = session.typed
        self._turns = Turns()
        self._scratch: list[TemporaryDirectory[str]] = []  # one for each time it was computed
        self.opened: Opened | None = None
        self.choice: Choice | None = None
        self._place = ""  # what the Python loads
        again = lambda: self._turns.soon(self.read)  # noqa: E731
        self.picker = Picker(session.shelf, VERBS, typed.get("folder", ""), again)
        self.axes = Axes(typed, lambda: self._turns.soon(self.draw))
        self.chart = Chart(lambda key: self._turns.soon(self.network.choose, key))
        self.network = NetworkPane(typed, self._turns, self._say_link, self.chart.mark)
        self.working = Working()
        self.foot = Foot("results", self._figure, self._table)
        self.said = texts.html("")
        self.example = pn.widgets.Button(
            label="Compute the example", color="primary", width=180, visible=False
        )
        self.example.on_click(lambda _: self._turns.soon(self._compute_example))
        self.foot.layout.visible = False
        self.layout = pn.Column(
            texts.html(texts.paragraph(LEAD)), self.picker.layout, self.said, self.example,
            self.working.layout, self.axes.layout, self.chart.layout, self.foot.layout,
            self.network.layout, sizing_mode="stretch_width",
        )  # fmt: skip
        self._begin(session, again)

    def _begin(self, session: Session, read: Any) -> None:
        items = session.shelf.items(VERBS)
        if items:
            read()
            return
        self.picker.layout.visible = False
        self.said.object = texts.paragraph(WITHOUT if session.shelf.root is None else EMPTY)
        self.example.visible = True
        if session.typed.get("folder") == example.NAME:
            self._turns.soon(self._compute_example)

    # What the user does

    def read(self) -> None:
        """Read the chosen result, from the disk as it is now."""
        items = self.picker.open_all()
        if not items:
            return
        if self.picker.chosen == TOGETHER:
            self._place = ""
            self.working.start("Reading", lambda job: open_together(job, items), self._show)
            return
        self._place = str(items[0].path)
        self.working.start("Reading", lambda _: open_item(items[0]), self._show)

    def _compute_example(self) -> None:
        if self.working.busy:
            return
        self._scratch.append(
            TemporaryDirectory(prefix="polysem-example-", ignore_cleanup_errors=True)
        )
        folder, self._place = Path(self._scratch[-1].name), example.NAME
        self.working.start(
            "Computing the example", lambda job: example.compute(job, folder), self._show
        )

    def _show(self, opened: Opened) -> None:
        self.opened = opened
        self.example.visible = False
        cautions = "".join(texts.paragraph(words, "problem") for words in opened.cautions)
        self.said.object = texts.paragraphs(opened.said) + cautions
        self.axes.open(opened)
        self.draw()

    def draw(self) -> None:
        """Draw what the fields say."""
        if self.opened is None:
            return
        self.choice = self.axes.read(self.opened)
        if self.choice is None:
            return
        table, choice = self.opened.table, self.choice
        if len(table) <= MANY:
            self._place_chart(figure.draw_bokeh(table, choice))
        else:
            work = lambda _: figure.draw_bokeh(table, choice)  # noqa: E731
            self.working.start("Drawing", work, self._place_chart)

    def _place_chart(self, drawn: Any) -> None:
        opened, choice = self.opened, self.choice
        if opened is None or choice is None:
            return
        self.chart.show(drawn, choice, opened.is_run and choice.x == "seed")
        self.foot.layout.visible = True
        self.network.open(opened, self._place, points_of(opened, choice))
        self._say_link()

    def state(self) -> dict[str, Any]:
        """The result, the axes and the network."""
        cell, seed = self.network.chosen or (None, None)
        folder = self.picker.chosen or self._place
        return {"folder": folder, **self.axes.state(), "cell": cell, "seed": seed}

    def _say_link(self) -> None:
        if self.opened is not None:
            self.foot.show(self.state(), self._python(self.opened))

    def _python(self, opened: Opened) -> str:
        if opened.found is None:
            return together_python(opened)
        made = self._place == example.NAME and bool(self._scratch)
        said = f"import polysem\n\nfound = polysem.load({self._place!r})\n"
        said = (example.PYTHON if made else said) + "found.to_pandas()  # the numbers\n"
        if opened.is_run:
            return f"{said}found.plot()  # an overview\n"
        return f"{said}found.plot({self.axes.python()})\n"

    def _figure(self) -> Callable[[], Any]:
        assert self.opened is not None
        assert self.choice is not None
        if isinstance(self.opened.found, Run):
            return self.opened.found.plot
        return partial(figure.draw_mpl, self.opened.table, self.choice)

    def _table(self) -> Callable[[], Any]:
        assert self.opened is not None
        table, found = self.opened.table, self.opened.found
        return (lambda: table) if found is None else found.to_pandas

    # What happens by itself

    def tick(self) -> None:
        """What was clicked, and what long work has found."""
        self._turns.take()
        self.working.tick()
        self.network.tick()

    def close(self) -> None:
        """Free the work of this page."""
        self.working.cancel()
        self.network.close()
        for folder in self._scratch:
            folder.cleanup()


def together_python(opened: Opened) -> str:
    """The Python that gives the table of several runs."""
    runs = {name: str(path) for name, path in opened.runs.items()}
    return (
        f"import pandas\nimport polysem\n\nfolders = {runs!r}\n"
        "runs = {name: polysem.load(folder) for name, folder in folders.items()}\n"
        "settings = lambda run: run.spec.network.model_dump(include={'n', 'm', 'l1'})\n"
        "tables = [\n    run.to_pandas().assign(run=name, **settings(run))\n"
        "    for name, run in runs.items()\n]\n"
        "found = pandas.concat(tables, ignore_index=True)\n"
        "found.groupby(['n', 'm', 'l1'])['polysemantic'].mean()\n"
    )
