"""The live page: fields, buttons, figures, and the wiring between them and a session."""

from __future__ import annotations

from collections import deque
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.downloads import Downloads
from polysem._explorer.links import query
from polysem._explorer.live import course, planes, weights_map, words
from polysem._explorer.live.form import Form
from polysem._explorer.live.laws import why_none
from polysem._explorer.live.session import LiveSession
from polysem._explorer.views import Session

PERIOD = 80  # milliseconds between two moments
HALF = {"flex": "1 1 420px", "min-width": "min(300px, 100%)"}  # side by side where there is room
SPEEDS = {"slow": 4, "normal": 1, "fast": 1, "at once": 1}  # ticks per moment
AT_A_TIME = {"fast": 4, "at once": 1000}  # moments per tick
COURSE_EVERY = 4  # moments between two drawings of the slow curves, while it runs
LEAD = (
    "Two features that start on the same neuron race for it. Of opposite sign, both can stay: a "
    "polysemantic neuron that nothing required. Press Run and watch."
)


class LiveView:
    """The page. `layout` — to lay out; `close` frees its work."""

    period = PERIOD

    def __init__(self, asked: Session) -> None:
        typed = asked.typed
        self.session = LiveSession()
        self.form = Form(typed)
        self._typed = typed
        self._wanted: deque[tuple[Any, tuple[Any, ...]]] = deque()
        self._ticks = 0
        self._pair = 0
        self._make_figures()
        self._make_buttons()
        self.layout = self._lay_out()
        if typed.get("speed") in SPEEDS:
            self.speed.value = typed["speed"]
        if typed.get("run") == "yes":
            self.run()

    def _make_figures(self) -> None:
        self.weights, self.course = weights_map.WeightsMap(), course.Course()
        self.collisions, self.phase = planes.CollisionMap(), planes.PhasePortrait()
        self.collisions.on_choice(self._choose)

    def _make_buttons(self) -> None:
        button = pn.widgets.Button
        self.run_button = button(label="Run", color="primary", width=90)
        self.pause = button(label="Pause", width=90, disabled=True)
        self.back = button(label="◀ Step back", width=110, disabled=True)
        self.step = button(label="Step ▶", width=90, disabled=True)
        self.stop = button(label="Stop", width=80, disabled=True)
        self.speed = pn.widgets.Select(
            label="Speed", options=list(SPEEDS), value="normal", width=110
        )
        self.scrub = pn.widgets.IntSlider(
            label="Moment", start=0, end=1, value=0, disabled=True, sizing_mode="stretch_width"
        )
        self.bar = pn.indicators.Progress(value=0, max=100, sizing_mode="stretch_width")
        self.pair = pn.widgets.Select(
            label="Pair in the phase portrait", options={}, sizing_mode="stretch_width"
        )
        self.run_button.on_click(lambda _: self._soon(self.run))
        self.pause.on_click(lambda _: self._soon(self._toggle))
        self.step.on_click(lambda _: self._soon(self._by_hand, self.session.step))
        self.back.on_click(lambda _: self._soon(self._step_back))
        self.stop.on_click(lambda _: self._soon(self._stop))
        self.scrub.param.watch(lambda e: self._soon(self._scrubbed, e.new), "value")
        self.pair.param.watch(lambda e: self._soon(self._choose, e.new), "value")
        self.downloads = Downloads("polysem-live", self._figure, self._table)

    def _lay_out(self) -> Any:
        self.status, self.now, self.end = (texts.html("") for _ in range(3))
        self.forces, self.laws_note, self.more = (texts.html("") for _ in range(3))
        self.status.object = texts.status("Ready.")
        buttons = (self.run_button, self.pause, self.back, self.step, self.stop, self.speed)
        figures = [
            (self.weights.plot, weights_map.CAPTION),
            (self.collisions.plot, planes.COLLISION_CAPTION),
            (self.phase.plot, planes.PHASE_CAPTION),
            (self.course.plots[1], course.CAPTION),
        ]
        cells = [self._cell(plot, caption) for plot, caption in figures]
        cells[2].insert(0, self.pair)
        cells[2].append(self.forces)
        cells[3].insert(0, pn.pane.Bokeh(self.course.plots[0], sizing_mode="stretch_width"))
        cells[3].append(self.laws_note)
        return pn.Column(
            texts.html(texts.paragraph(LEAD)),
            self.form.layout,
            pn.FlexBox(*buttons, align_items="end", sizing_mode="stretch_width"),
            pn.FlexBox(
                pn.Column(self.status, self.now, styles=HALF),
                pn.Column(self.bar, self.scrub, styles=HALF),
                sizing_mode="stretch_width",
            ),
            self.end,
            pn.FlexBox(*cells, sizing_mode="stretch_width"),
            self.downloads.row,
            self.more,
            sizing_mode="stretch_width",
        )

    @staticmethod
    def _cell(plot: Any, caption: str) -> Any:
        return pn.Column(
            pn.pane.Bokeh(plot, sizing_mode="stretch_width"),
            texts.html(texts.paragraph(caption, "caption")),
            styles=HALF,
            margin=0,
        )

    # What the user does

    def _soon(self, act: Any, *values: Any) -> None:
        """Do this at the next tick: only there the document is ours to change."""
        self._wanted.append((act, values))

    def run(self) -> None:
        """Start what the fields say, or say what is wrong with them."""
        reading = self.form.read()
        if reading.settings is None:
            self._say("Not started: see the values marked above.")
            return
        self.session.start(reading.settings)
        self.downloads.allow(False)
        self.end.object = self.now.object = ""
        self.course.open(reading.settings.flows)
        self.laws_note.object = texts.paragraph(why_none(reading.settings), "caption")
        self.bar.value = 0
        self.pause.label = "Pause"
        for control in (self.pause, self.step, self.stop):
            control.disabled = False
        self._say("Running.")
        self._show_link()

    def _toggle(self) -> None:
        history = self.session.history
        history.paused = not history.paused
        self.pause.label = "Go on" if history.paused else "Pause"
        self._say("Paused." if history.paused else "Running.")

    def _by_hand(self, move: Any) -> None:
        self.session.history.paused = True
        self.pause.label = "Go on"
        if move():
            self._draw()
        self._look_for_end()

    def _stop(self) -> None:
        self.session.stop()
        self.pause.disabled = self.stop.disabled = True
        self._say("Stopped. What was seen can be gone through again; nothing more is computed.")

    def _step_back(self) -> None:
        self._by_hand(self.session.history.back)

    def _scrubbed(self, index: int) -> None:
        history = self.session.history
        if index == history.at or not history.frames:
            return
        history.paused = True
        self.pause.label = "Go on"
        history.go_to(index)
        self._draw()

    def _choose(self, index: int | None) -> None:
        if index is None or index == self._pair or self.session.opening is None:
            return
        self._pair = index
        self.pair.value = index
        self._draw_pair()
        self._show_link()

    # What happens by itself

    def tick(self) -> None:
        """Called every `PERIOD`: take what the worker has and show it."""
        while self._wanted:
            act, values = self._wanted.popleft()
            act(*values)
        self._ticks += 1
        if self._ticks % SPEEDS[self.speed.value]:
            return
        was = self.session.laws
        moved = self.session.tick(AT_A_TIME.get(self.speed.value, 1))
        if self.session.laws is not None and self.session.laws is not was:
            self.course.draw(self.session.laws)
        if moved:
            self._draw()
        self._look_for_end()

    def _look_for_end(self) -> None:
        if self.session.failure:
            self._say(self.session.failure)
            self.session.failure = ""
            self.pause.disabled = self.stop.disabled = True
        elif self.session.run is not None and not self.stop.disabled:
            self.stop.disabled = True
            self.bar.value = 100
            self.course.show(self.session.history)
            said = words.at_end(self.session.run)
            self.end.object = texts.heading("The end, in words") + texts.paragraphs(said)
            self._say(f"Finished. {said[1] if len(said) > 1 else said[0]}")
            self.downloads.allow(True)

    def _open(self) -> None:
        session = self.session
        assert session.opening is not None
        session.opened = False
        rows, columns = session.history.frames[0].levels.shape
        self.weights.open(session.opening, rows, columns)
        self.collisions.open(session.opening)
        pairs = session.opening.pairs
        asked = self._typed.get("pair", "")
        self._pair = int(asked) if asked.isdecimal() and int(asked) < len(pairs) else 0
        self.pair.options = {pairs.name(i): i for i in range(len(pairs))}
        self.pair.value = self._pair

    def _draw(self) -> None:
        session, frame = self.session, self.session.history.shown
        if frame is None or session.opening is None:
            return
        if session.opened:
            self._open()
        self.weights.show(frame)
        self.collisions.show(frame)
        if session.history.at % COURSE_EVERY == 0 or session.history.paused or self._ended:
            self.course.show(session.history)
        self._draw_pair()
        opening, settings = session.opening, session.settings
        said = [words.at_start(opening), words.moment(frame, settings, opening)]
        self.now.object = texts.paragraphs(said)
        if session.run is None:
            self.bar.value = words.progress(session.history.frames[-1], session.settings)
        history = session.history
        self.scrub.end = max(1, len(history.frames) - 1)
        self.scrub.value = history.at
        self.scrub.disabled = len(history.frames) < 2
        self.back.disabled = history.at <= 0

    @property
    def _ended(self) -> bool:
        return not self.session.working

    def _draw_pair(self) -> None:
        opening, frame = self.session.opening, self.session.history.shown
        if opening is not None and frame is not None:
            self.phase.show(opening.pairs, self._pair, self.session.history)
            said = planes.forces_in_words(frame, self._pair)
            self.forces.object = texts.paragraph(said, "caption")

    def _say(self, text: str) -> None:
        self.status.object = texts.status(text)

    def state(self) -> dict[str, Any]:
        """The settings, and the pair."""
        settings = self.session.settings
        said = {k: v for k, v in settings.model_dump().items() if k in self.form.typed()}
        return {**said, "run": "yes", "pair": self._pair or None}

    def _show_link(self) -> None:
        search = query(self.state())
        if pn.state.location is not None:
            pn.state.location.search = search
        self.more.object = texts.link(f"live{search}", "Link to this view") + texts.code(
            self.session.settings.python
        )

    def _figure(self) -> Any:
        return self.session.run.plot()

    def _table(self) -> Any:
        return self.session.run.trajectory()

    def close(self) -> None:
        """Free the work of this page."""
        self.session.stop()
