"""Progress on standard error: a bar with the time left on a terminal, sparse lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

LINE_EVERY_SECONDS = 10.0


class ProgressBar:
    """`with ProgressBar("seeds") as bar:`, then `bar(done, total)` or `bar(done, total, text)`."""

    def __init__(self, what: str, quiet: bool = False) -> None:
        self.what = what
        self.quiet = quiet
        self.began = time.monotonic()
        self._last_line = self.began
        self._bar = None

    def __enter__(self) -> Self:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task(self.what, total=None)
        return self

    def __call__(self, done: float, total: float, text: str | None = None) -> None:
        """Say that `done` of `total` are finished; `text` names what is under way."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text or self.what)
        elif not self.quiet and time.monotonic() - self._last_line > LINE_EVERY_SECONDS:
            self._last_line = time.monotonic()
            print(self._line(done, total, text), file=sys.stderr, flush=True)

    def _line(self, done: float, total: float, text: str | None) -> str:
        spent = time.monotonic() - self.began
        left = spent * (total - done) / done if done else float("nan")
        words = f"about {left:.0f} s left" if done else "time left not known yet"
        return f"{text or self.what}: {done:g} of {total:g}, {spent:.0f} s, {words}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
