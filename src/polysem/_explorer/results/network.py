"""One network on the page: chosen by a point and a seed, shown by weights, collisions and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.downloads import Downloads
from polysem._explorer.figures import HALF, figure_cell
from polysem._explorer.jobs import Turns
from polysem._explorer.results import networks
from polysem._explorer.results.collisions import CAPTION, collision_map
from polysem._explorer.results.networks import Point
from polysem._explorer.results.opened import Opened
from polysem._explorer.working import Working
from polysem._plots import weights
from polysem._plots.labels import plural
from polysem._report import words
from polysem._report.captions import WEIGHTS
from polysem._run.run import Run
from polysem._sweep.cost import seconds_of_seed

HINT = "Click a point in the figure, or choose one here, to see the networks behind it."


class NetworkPane:
    """`layout` — to lay out. `chosen` — (cell, seed) or None; `changed` is called when it is
    another one, `pointed` with the point that was chosen."""

    def __init__(
        self,
        typed: Mapping[str, str],
        turns: Turns,
        changed: Callable[[], Any],
        pointed: Callable[[Point | None], Any],
    ) -> None:
        seed = typed.get("seed", "")
        self.chosen = (typed["cell"], int(seed)) if "cell" in typed and seed.isdecimal() else None
        self._turns, self._changed, self._pointed = turns, changed, pointed
        self._filling = False
        self._opened: Opened | None = None
        self._place = ""
        self._points: list[Point] = []
        self.run: Run | None = None
        self._make()

    def _make(self) -> None:
        self.point = pn.widgets.Select(label="Point", options={}, width=330)
        self.seed = pn.widgets.Select(label="Network", options={}, width=330)
        self.solve = pn.widgets.Button(label="Solve it again", color="primary", width=130)
        self.point.param.watch(lambda e: self._act(self._choose_point, e.new), "value")
        self.seed.param.watch(lambda e: self._act(self.show, e.new), "value")
        self.solve.on_click(lambda _: self._turns.soon(self._solve))
        self.working = Working()
        self.note, self.said, self.code = (texts.html("") for _ in range(3))
        self.figures = pn.FlexBox(sizing_mode="stretch_width")
        self.downloads = Downloads("polysem-network", self._figure, self._table, "Network: ")
        self.layout = pn.Column(
            texts.html(texts.heading("One network") + texts.paragraph(HINT, "quiet")),
            pn.FlexBox(self.point, self.seed, sizing_mode="stretch_width"),
            self.note, self.solve, self.working.layout, self.said, self.figures,
            self.downloads.row, self.code, sizing_mode="stretch_width", visible=False,
        )  # fmt: skip

    def _act(self, act: Callable[..., Any], value: Any) -> None:
        if not self._filling:
            self._turns.soon(act, value)

    def open(self, opened: Opened, place: str, points: list[Point]) -> None:
        """The points of another figure; the network shown stays if it is among them."""
        same = opened is self._opened
        self._opened, self._place, self._points = opened, place, points
        self.layout.visible = bool(points)
        there = self._point_of(self.chosen)
        self._filling = True
        self.point.options = {"choose …": -1} | {p.label: i for i, p in enumerate(points)}
        self.point.value = -1 if there is None else there
        self._filling = False
        if there is None:
            gone, self.chosen = self.chosen, None
            self._clear()
            if gone is not None:
                self.note.object = texts.problem("The network of the link is not in this figure.")
            return
        self._offer(points[there])
        if not same or self.run is None:
            self.show(self.chosen)

    def _point_of(self, chosen: Any) -> int | None:
        if chosen is None:
            return None
        for i, point in enumerate(self._points):
            if any((cell, seed) == chosen for cell, seed, _ in point.networks):
                return i
        return None

    def _offer(self, point: Point) -> None:
        """The networks of a point in the list."""
        offered = point.networks[: networks.MOST_OFFERED]
        cells = {cell for cell, _, _ in offered}
        options = {}
        for cell, seed, value in offered:
            which = f" of cell {cell}" if len(cells) > 1 else ""
            options[f"seed {seed}{which}: {value:.4g}"] = (cell, seed)
        if self.chosen is not None and self.chosen not in options.values():
            options[f"seed {self.chosen[1]}"] = self.chosen
        self._filling = True
        self.seed.options = options
        self.seed.value = self.chosen
        self._filling = False
        self._pointed(point)

    def choose(self, key: tuple[str, str, str]) -> None:
        """A point was clicked."""
        for i, point in enumerate(self._points):
            if point.key == key and self.point.value != i:
                self.point.value = i

    def _choose_point(self, index: int) -> None:
        if not 0 <= index < len(self._points):
            self.chosen = None
            self._clear()
            self._pointed(None)
            self._changed()
            return
        point = self._points[index]
        if self.chosen is None or self._point_of(self.chosen) != index:
            cell, seed, _ = point.networks[0]
            self.chosen = cell, seed
        self._offer(point)
        self.show(self.chosen)

    def _clear(self) -> None:
        self.run = None
        self.working.cancel()
        self.said.object = self.note.object = self.code.object = ""
        self.figures[:] = []
        self.solve.visible = self.downloads.row.visible = self.seed.visible = False

    def show(self, chosen: Any) -> None:
        """Show a network, from its weights if they were kept."""
        if self._opened is None or chosen is None:
            return
        self._clear()
        self.seed.visible = True
        self.chosen = chosen
        opened, (cell, seed) = self._opened, chosen
        kept = networks.are_kept(opened, cell, seed)
        python = networks.python_of(opened, self._place, cell, seed, kept)
        said = texts.code(python, "The Python that gives this network") if python else ""
        self.code.object = said
        if kept:
            self.working.start(
                "Reading weights", lambda _: networks.kept_network(opened, cell, seed), self._draw,
                lambda: self._offer_to_solve(opened, cell, seed, ""),
            )  # fmt: skip
        else:
            self._offer_to_solve(opened, cell, seed, "The weights of this network were not kept. ")
        self._changed()

    def _offer_to_solve(self, opened: Opened, cell: str, seed: int, said: str) -> None:
        row = networks.row_of(opened, cell, seed)
        why_not = networks.can_be_solved(row) if row else "It is not here any more."
        self.solve.visible = not why_not
        said += why_not
        if row and not why_not:
            seconds = seconds_of_seed(networks.spec_of(row["spec"], seed, 1))
            said += f"Solving it again takes about {duration(seconds)}."
        self.note.object = texts.paragraph(said, "quiet")

    def _solve(self) -> None:
        if self._opened is None or self.chosen is None or self.working.busy:
            return
        opened, (cell, seed) = self._opened, self.chosen
        self.working.start(
            "Solving", lambda job: networks.solved_again(job, opened, cell, seed), self._draw
        )

    def _draw(self, run: Run) -> None:
        assert self._opened is not None
        self.run = run
        self.solve.visible = False
        self.note.object = texts.paragraph(self._compared(run), "quiet")
        self.said.object = texts.paragraphs(words.summary(run)) + "".join(
            texts.paragraph(caution, "problem") for caution in run.census.warnings
        )
        cells = [figure_cell(weights.draw_bokeh(run), *WEIGHTS, styles=HALF)]
        collided = collision_map(run)
        if collided is None:
            said = "At the start no two features had their largest weight on the same neuron."
            cells.append(pn.Column(texts.html(texts.paragraph(said)), styles=HALF))
        else:
            cells.append(figure_cell(collided, CAPTION, styles=HALF))
        self.figures[:] = cells
        self.downloads.row.visible = True
        self.downloads.allow(True)

    def _compared(self, run: Run) -> str:
        """Whether a network that was solved again is the stored one, as far as its row tells."""
        assert self._opened is not None
        assert self.chosen is not None
        cell, seed = self.chosen
        row = networks.row_of(self._opened, cell, seed)
        if row is None or networks.are_kept(self._opened, cell, seed):
            return ""
        stored, now = int(row["polysemantic"]), run.census.total("polysemantic")
        if stored == now:
            return f"Solved again; its count is that of the stored row, {now}."
        return (
            f"Solved again it has {plural(now, 'polysemantic neuron')}; the stored row says "
            f"{stored}. Another version or another machine made it."
        )

    def _figure(self) -> Callable[[], Any]:
        assert self.run is not None
        return self.run.plot

    def _table(self) -> Callable[[], Any]:
        assert self.run is not None
        return self.run.census.features.to_pandas

    def tick(self) -> None:
        """Look at what is under way."""
        self.working.tick()

    def close(self) -> None:
        """Free the work."""
        self.working.cancel()


def duration(seconds: float) -> str:
    """About how long, in words."""
    if seconds < 1.5:
        return "a second"
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
