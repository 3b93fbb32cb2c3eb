"""The live page: what the user does, what happens by itself, and the link that restores it."""

from __future__ import annotations

import math
from typing import Any

from polysem._explorer.jobs import Turns
from polysem._explorer.live.controls import USUAL
from polysem._explorer.live.form import Form
from polysem._explorer.live.moment import Moment
from polysem._explorer.live.scene import Scene
from polysem._explorer.live.session import LiveSession
from polysem._explorer.live.sheets import SHEETS, WHOLE
from polysem._explorer.sheets import Sheet, Sheets
from polysem._explorer.views import Session

PERIOD = 80  # milliseconds between two moments


class LiveView:
    """The page. `layout` — to lay out; `close` frees its work."""

    period = PERIOD

    def __init__(self, asked: Session) -> None:
        typed = asked.typed
        self.session = LiveSession()
        self.form = Form(typed)
        self.scene = Scene(self.session, typed, self._show_link)
        self.controls, self.figures = self.scene.controls, self.scene.figures
        self.sheets = Sheets("live", SHEETS, self._made_of, self._chose, typed.get("save", ""))
        self._turns, self._ticks = Turns(), 0
        self._until = _time(typed.get("at", ""))
        self._wire()
        self.layout = self.scene.lay_out(self.form.layout, self.sheets.layout)
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
        pair.param.watch(lambda _: self._turns.soon(self._in_list), "value")

    # What the user does

    def run(self) -> None:
        """Start what the fields say, or say what is wrong with them."""
        reading = self.form.read()
        if reading.settings is None:
            self.scene.say("Not started: see the values marked above.")
            return
        self.session.start(reading.settings)
        self.scene.clear()

    def _run_anew(self) -> None:
        self.scene.asked_pair, self._until = "", math.inf  # of the network in the link
        self.run()

    def _toggle(self) -> None:
        history = self.session.history
        self._until = math.inf
        self._pause(not history.paused)
        self.scene.say("Paused." if history.paused else "Running.")

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
        history, index = self.session.history, self.controls.scrub.asked
        if index != history.at and history.frames:
            history.go_to(index)
            self._by_hand(True)

    def _by_hand(self, moved: bool) -> None:
        self._until = math.inf
        self.session.history.paused = True
        if moved:
            self.scene.draw()
        self._pause(True)
        self.scene.look_for_end()

    def _stop(self) -> None:
        self.session.stop()
        self.controls.end()
        self.controls.pause.disabled = True
        self.scene.say(
            "Stopped. What was seen can be gone through again; nothing more is computed."
        )

    def _in_list(self) -> None:
        self.scene.choose(self.figures.pair.value)

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
            self.scene.draw()
            self._look_for_link()
        elif self.controls.due(self._ticks):
            self._go_on()

    def _first_picture(self) -> None:
        self.session.tick(1, self._until)
        if not self.scene.begin():
            self.scene.look_for_end()

    def _go_on(self) -> None:
        laws = self.session.laws
        moved = self.session.tick(self.controls.per_tick, self._until)
        if self.session.laws is not None and self.session.laws is not laws:
            self.figures.course.draw(self.session.laws)
        if moved:
            self.scene.draw()
        self._look_for_link()
        self.scene.look_for_end()

    def _look_for_link(self) -> None:
        history = self.session.history
        if history.paused and history.shown is not None and history.shown.t >= self._until:
            self._until = math.inf
            self._pause(True)
            self.scene.say("Paused at the moment of the link.")

    def state(self) -> dict[str, Any]:
        """The settings, the pair, the moment if it stands still, what is saved, the speed."""
        settings, history = self.session.settings, self.session.history
        said = {k: v for k, v in settings.model_dump().items() if k in self.form.typed()}
        still = history.paused and history.shown is not None and not self._at_end
        speed = str(self.controls.speed.value)
        return {
            **said,
            "run": "yes",
            "pair": self.scene.pair or None,
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
        now = self.session.seen(self.scene.pair)
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
