"""Progress of a sweep on standard error: a live line on a terminal, sparse lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

from polysem._sweep.tally import Tally

LINE_EVERY_SECONDS = 30.0


class SweepProgress:
    """`with SweepProgress() as show: sweep(…, progress=show)`. `quiet` — lines only."""

    def __init__(self, quiet: bool = False) -> None:
        self._live = not quiet and sys.stderr.isatty()
        self._last_line = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._live:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            self._bar = Progress(
                TaskProgressColumn(),
                BarColumn(bar_width=24),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("planning", total=1.0)
        return self

    def __call__(self, tally: Tally, what: str = "sweep") -> None:
        """Show where the sweep stands; `what` it is, if it is one of several."""
        if self._bar is not None:
            words = str(tally) if what == "sweep" else f"{what}: {tally}"
            self._bar.update(self._task, completed=tally.share, description=words)
        elif time.monotonic() - self._last_line > LINE_EVERY_SECONDS:
            self._last_line = time.monotonic()
            print(f"{what}: {tally}", file=sys.stderr, flush=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
