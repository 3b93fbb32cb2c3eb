"""What the live page shows of a session: figures, progress, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.figures import HALF
from polysem._explorer.live import words
from polysem._explorer.live.controls import Controls
from polysem._explorer.live.figures import Figures
from polysem._explorer.live.session import LiveSession

LEAD = (
    "Two features that start on the same neuron race for it. Of opposite sign, both can stay: a "
    "polysemantic neuron that nothing required. Press Run and watch."
)


class Scene:
    """`pair` — number of the chosen one; `asked_pair` — that of the page's link, as it was typed.

    `show_link` is called whenever the page's link is another one.
    """

    def __init__(
        self,
        session: LiveSession,
        typed: Mapping[str, str],
        show_link: Callable[[], Any],
    ) -> None:
        self.session, self._show_link = session, show_link
        self.controls = Controls(typed.get("speed", ""))
        self.figures = Figures(self.choose)
        self.status = texts.status_line("Ready.")
        self.now, self.end = texts.html(""), texts.html("")
        self.pair, self.asked_pair = 0, typed.get("pair", "")

    def lay_out(self, fields: Any, saving: Any) -> Any:
        """The page, with the fields above and what can be saved below."""
        return pn.Column(
            texts.html(texts.paragraph(LEAD)),
            fields,
            self.controls.buttons,
            pn.FlexBox(
                pn.Column(self.status, self.now, styles=HALF),
                pn.Column(*self.controls.course, styles=HALF),
                sizing_mode="stretch_width",
            ),
            self.end,
            pn.FlexBox(*self.figures.cells, sizing_mode="stretch_width"),
            saving,
            sizing_mode="stretch_width",
        )

    def choose(self, index: int | None) -> None:
        """Show another pair; of a network that has only just begun there is none to choose yet."""
        if index is None or index == self.pair or self.session.opening is None:
            return
        if self.session.opened:  # the number is that of a pair of the network before
            return
        self.pair = self.figures.pair.value = index
        now = self.session.seen(self.pair)
        if now is not None:
            self.figures.show(now, all_of_it=True)
        self._show_link()

    def clear(self) -> None:
        """A network was started; nothing is known of it."""
        self.end.object = self.now.object = ""
        self.controls.begin()
        self.say("Running.")

    def begin(self) -> bool:
        """Show the first picture alone; False if there is none yet."""
        now = self.session.seen(0)
        if now is not None:
            self.figures.first(now)
        return now is not None

    def look_for_end(self) -> None:
        """Say once that a network has ended, and how."""
        if self.session.failure:
            self.say(self.session.failure)
            self.session.failure = ""
            self.controls.end()
            self.controls.pause.disabled = True
            self._show_link()
        elif self.session.run is not None and not self.controls.stop.disabled:
            self.controls.end()
            self.controls.bar.value = 100
            self.draw()
            said = words.at_end(self.session.run)
            self.end.object = texts.heading("The end, in words") + texts.paragraphs(said)
            self.say(f"Finished. {said[1] if len(said) > 1 else said[0]}")
            self._show_link()

    def draw(self) -> None:
        """Show the moment; of a new network all else that is known, too."""
        session = self.session
        if session.opened and session.history.frames:
            self._open()
        now = session.seen(self.pair)
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
        asked, pairs = self.asked_pair, len(self.session.opening.pairs)
        self.pair = int(asked) if asked.isdecimal() and int(asked) < pairs else 0
        now = self.session.seen(self.pair)
        assert now is not None
        self.figures.open(now)
        self._show_link()

    def say(self, text: str) -> None:
        """Say what the page does."""
        self.status.object = texts.status(text)
