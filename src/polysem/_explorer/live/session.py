"""One page's live work: its worker, its history, what it knows. Holds no widget."""

from __future__ import annotations

import math
from typing import Any

from polysem._explorer.live.frames import Frame, Opening
from polysem._explorer.live.history import History
from polysem._explorer.live.laws import Laws
from polysem._explorer.live.moment import Moment
from polysem._explorer.live.settings import LiveSettings
from polysem._explorer.live.worker import Failed, Finished, Worker


class LiveSession:
    """Start, pause, step, go back, stop. `tick` moves it on and says whether a picture changed.

    `history` — moments and the one shown. `opening`, `laws`, `run`, `failure` — what is known so
    far. `started` — a network was. `stopped` — it was stopped before its end.
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self.started = False
        self._clear(LiveSettings())

    def _clear(self, settings: LiveSettings) -> None:
        self.settings = settings
        self.history = History()
        self.opening: Opening | None = None
        self.laws: Laws | None = None
        self.run: Any = None
        self.failure = ""
        self.stopped = False
        self.opened = False

    @property
    def working(self) -> bool:
        """True between run and its end."""
        return self._worker is not None

    def start(self, settings: LiveSettings) -> None:
        """Run a network; one that still runs is stopped."""
        self.stop()
        self._clear(settings)
        self.started = True
        self._worker = Worker(settings)
        self._worker.start()

    def stop(self) -> None:
        """End the work; what was seen stays."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
            self.stopped = True

    def tick(self, most: int = 1, until: float = math.inf) -> bool:
        """Move on by at most so many moments unless paused; True if another one is shown.

        Pauses at the first moment at or after `until`.
        """
        history, moved = self.history, 0
        while moved < most and not history.paused and self.step():
            moved += 1
            history.paused = history.shown is not None and history.shown.t >= until
        return moved > 0

    def seen(self, pair: int) -> Moment | None:
        """What is on the page, with the chosen pair; None before the first moment."""
        frame, opening = self.history.shown, self.opening
        if frame is None or opening is None:
            return None
        return Moment(self.settings, opening, self.history, frame, self.laws, pair, self.run)

    def step(self) -> bool:
        """Show the next moment: one already known, or the next one computed; False if none."""
        if self.history.forward():
            return True
        while self._worker is not None:
            message = self._worker.take()
            if message is None:
                return False
            if isinstance(message, Frame):
                self.history.add(message)
                return True
            self._note(message)
        return False

    def _note(self, message: Any) -> None:
        if isinstance(message, Opening):
            self.opening, self.opened = message, True
        elif isinstance(message, Laws):
            self.laws = message
        elif isinstance(message, Finished):
            self.run, self._worker = message.run, None
        elif isinstance(message, Failed):
            self.failure, self._worker = message.sentence, None
