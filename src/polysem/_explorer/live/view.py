"""The live page: the wiring between fields, buttons, figures and a session."""

from __future__ import annotations

import math
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.figures import HALF
from polysem._explorer.jobs import Turns
from polysem._explorer.live import words
from polysem._explorer.live.controls import USUAL, Controls
from polysem._explorer.live.figures import Figures
from polysem._explorer.live.form import Form
from polysem._explorer.live.moment import Moment
from polysem._explorer.live.session import LiveSession
from polysem._explorer.live.sheets import SHEETS, WHOLE
from polysem._explorer.sheets import Sheet, Sheets
from polysem._explorer.views import Session

PERIOD = 80  # milliseconds between two moments
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
        self.controls = Controls(typed.get("speed", ""))
        self.figures = Figures(self._choose)
        self.sheets = Sheets("live", SHEETS, self._made_of, self._chose, typed.get("save", ""))
        self._turns, self._ticks = Turns(), 0
        self._pair, self._asked_pair = 0, typed.get("pair", "")
        self._until = _time(typed.get("at", ""))
        self._wire()
        self.layout = self._lay_out()
        if typed.get("run") == "yes":
            self.run()

    def _wire(self) -> None:
        acts = {
            "run": self._run_anew,
            "pause": self._toggle,
            "step": self._step,
            "back": self._step_back,
            "stop": self._stop,
            "scrub": self._scrubbed,
        }
        self.controls.on(self._turns.soon, acts)
        pair = self.figures.pair
        pair.param.watch(lambda _: self._turns.soon(self._pair_in_list), "value")

    def _lay_out(self) -> Any:
        self.status = texts.status_line("Ready.")
        self.now, self.end = texts.html(""), texts.html("")
        return pn.Column(
            texts.html(texts.paragraph(LEAD)),
            self.form.layout,
            self.controls.buttons,
            pn.FlexBox(
                pn.Column(self.status, self.now, styles=HALF),
                pn.Column(*self.controls.course, styles=HALF),
                sizing_mode="stretch_width",
            ),
            self.end,
            pn.FlexBox(*self.figures.cells, sizing_mode="stretch_width"),
            self.sheets.layout,
            sizing_mode="stretch_width",
        )

    # What the user does

    def run(self) -> None:
        """Start what the fields say, or say what is wrong with them."""
        reading = self.form.read()
        if reading.settings is None:
            self._say("Not started: see the values marked above.")
            return
        self.session.start(reading.settings)
        self.end.object = self.now.object = ""
        self.controls.begin()
        self._say("Running.")

    def _run_anew(self) -> None:
        self._asked_pair, self._until = "", math.inf  # of the network in the link
        self.run()

    def _toggle(self) -> None:
        history = self.session.history
        self._until = math.inf
        self._pause(not history.paused)
        self._say("Paused." if history.paused else "Running.")

    def _pause(self, yes: bool) -> None:
        self.session.history.paused = yes
        self.controls.paused(yes)
        if yes:
            self._show_link()

    def _step(self) -> None:
        self._by_hand(self.session.step())

    def _step_back(self) -> None:
        self._by_hand(self.session.history.back())

    def _scrubbed(self) -> None:
        history, index = self.session.history, self.controls.scrub.at
        if index != history.at and history.frames:
            history.go_to(index)
            self._by_hand(True)

    def _by_hand(self, moved: bool) -> None:
        self._until = math.inf
        self.session.history.paused = True
        if moved:
            self._draw()
        self._pause(True)
        self._look_for_end()

    def _stop(self) -> None:
        self.session.stop()
        self.controls.end()
        self.controls.pause.disabled = True
        self._say("Stopped. What was seen can be gone through again; nothing more is computed.")

    def _pair_in_list(self) -> None:
        self._choose(self.figures.pair.value)

    def _choose(self, index: int | None) -> None:
        if index is None or index == self._pair or self.session.opening is None:
            return
        if self.session.opened:  # the number is that of a pair of the network before
            return
        self._pair = self.figures.pair.value = index
        now = self.session.seen(self._pair)
        if now is not None:
            self.figures.show(now, all_of_it=True)
        self._show_link()

    def _chose(self) -> None:
        self._turns.soon(self._show_link)

    # What happens by itself

    def tick(self) -> None:
        """Called every `PERIOD`: take what the worker has and show it.

        The first picture has a tick of its own: what a browser gets together it draws together.
        """
        self._turns.take()
        self._ticks += 1
        session = self.session
        if session.working and not session.history.frames:
            self._first_picture()
        elif session.opened:
            self._draw()
            self._look_for_link()
        elif self.controls.due(self._ticks):
            self._go_on()

    def _first_picture(self) -> None:
        self.session.tick(1, self._until)
        now = self.session.seen(0)
        if now is None:
            self._look_for_end()
        else:
            self.figures.first(now)

    def _go_on(self) -> None:
        laws = self.session.laws
        moved = self.session.tick(self.controls.per_tick, self._until)
        if self.session.laws is not None and self.session.laws is not laws:
            self.figures.course.draw(self.session.laws)
        if moved:
            self._draw()
        self._look_for_link()
        self._look_for_end()

    def _look_for_link(self) -> None:
        history = self.session.history
        if history.paused and history.shown is not None and history.shown.t >= self._until:
            self._until = math.inf
            self._pause(True)
            self._say("Paused at the moment of the link.")

    def _look_for_end(self) -> None:
        if self.session.failure:
            self._say(self.session.failure)
            self.session.failure = ""
            self.controls.end()
            self.controls.pause.disabled = True
            self._show_link()
        elif self.session.run is not None and not self.controls.stop.disabled:
            self.controls.end()
            self.controls.bar.value = 100
            self._draw()
            said = words.at_end(self.session.run)
            self.end.object = texts.heading("The end, in words") + texts.paragraphs(said)
            self._say(f"Finished. {said[1] if len(said) > 1 else said[0]}")
            self._show_link()

    def _draw(self) -> None:
        session = self.session
        if session.opened and session.history.frames:
            self._open()
        now = session.seen(self._pair)
        if now is None:
            return
        still = session.history.paused or not session.working
        self.figures.show(now, all_of_it=still)
        said = [words.at_start(now.opening), words.moment(now.frame, now.settings, now.opening)]
        self.now.object = texts.paragraphs(said)
        if session.run is None:
            self.controls.bar.value = words.progress(session.history.frames[-1], now.settings)
        when = words.time_of(now.frame, now.settings)
        self.controls.place(session.history.at, len(session.history.frames), when)

    def _open(self) -> None:
        self.session.opened = False
        assert self.session.opening is not None
        asked, pairs = self._asked_pair, len(self.session.opening.pairs)
        self._pair = int(asked) if asked.isdecimal() and int(asked) < pairs else 0
        now = self.session.seen(self._pair)
        assert now is not None
        self.figures.open(now)
        self._show_link()

    def _say(self, text: str) -> None:
        self.status.object = texts.status(text)

    def state(self) -> dict[str, Any]:
        """The settings, the pair, the moment if it stands still, what is saved, the speed."""
        settings, history = self.session.settings, self.session.history
        said = {k: v for k, v in settings.model_dump().items() if k in self.form.typed()}
        still = history.paused and history.shown is not None and not self._at_end
        speed = str(self.controls.speed.value)
        return {
            **said,
            "run": "yes",
            "pair": self._pair or None,
            "at": repr(history.shown.t) if still and history.shown is not None else None,
            "save": self.sheets.chosen,
            "speed": None if speed == USUAL else speed,
        }

    @property
    def _at_end(self) -> bool:
        return self.session.run is not None and self.session.history.newest

    def _show_link(self) -> None:
        if self.session.started:
            self.sheets.show(self.state(), self.session.settings.python)

    def _made_of(self, sheet: Sheet) -> Moment | None:
        """What a sheet is made from; the whole run only where it is finished."""
        now = self.session.seen(self._pair)
        whole = sheet is SHEETS[WHOLE]
        if now is None or (whole and now.run is None):
            return None
        return now._replace(history=now.history.copy())

    def close(self) -> None:
        """Free the work of this page."""
        self.session.stop()


def _time(text: str) -> float:
    """The moment of a link; infinity if there is none."""
    try:
        t = float(text)
    except ValueError:
        return math.inf
    return t if t >= 0 else math.inf
