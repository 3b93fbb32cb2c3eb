"""One piece of long work at a time, shown: what it is, how far it is, a button to cancel it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from polysem._explorer import texts
from polysem._explorer.jobs import Job


class Working:
    """`layout` — to lay out; `tick` it; `cancel` it."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._done: Callable[[Any], Any] = lambda _: None
        self._failed: Callable[[], Any] = lambda: None
        self._what = ""
        self._said = ""
        self.status = texts.status_line()
        self.bar = pn.indicators.Progress(value=0, max=100, sizing_mode="stretch_width")
        self.stop = pn.widgets.Button(label="Cancel", width=90)
        self.stop.on_click(lambda _: self.cancel())
        self._row = pn.FlexBox(
            pn.Column(self.bar, styles={"flex": "1 1 200px"}), self.stop, align_items="center",
            sizing_mode="stretch_width", visible=False,
        )  # fmt: skip
        self.layout = pn.Column(self.status, self._row, sizing_mode="stretch_width", margin=0)

    @property
    def busy(self) -> bool:
        """True while something is under way."""
        return self._job is not None

    def start(
        self,
        what: str,
        work: Callable[[Job], Any],
        done: Callable[[Any], Any],
        failed: Callable[[], Any] = lambda: None,
    ) -> None:
        """Begin `work(job)`, in place of what was under way; `done(result)`, or `failed()` beside
        the reason, at a later tick."""
        self.cancel()
        self._what, self._done, self._failed = what, done, failed
        self.say(f"{what} …")
        self.bar.value, self._row.visible = 0, True
        self._job = Job(work).start()

    def say(self, text: str) -> None:
        """A line that a screen reader says when it changes."""
        if text != self._said:
            self._said = text
            self.status.object = texts.status(text)

    def cancel(self) -> None:
        """End what is under way; nothing more is heard of it."""
        if self._job is not None:
            self._job.cancel()

    def tick(self) -> None:
        """Show how far it is; hand over what it found."""
        job = self._job
        if job is None:
            return
        if job.cancelled:
            self._end("Cancelled.")
        elif job.working:
            self.bar.value = int(100 * job.share)
            self.say(f"{self._what} … {job.words}".rstrip())
        elif job.problem:
            self._end(job.problem)
            self._failed()
        else:
            self._end("")
            self._done(job.result)

    def _end(self, text: str) -> None:
        self._job = None
        self._row.visible = False
        self.say(text)
