"""Ctrl-C in two steps: the first lets what is under way finish, the second stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupts:
    """`with Interrupts(say) as interrupts:`; `interrupts.draining` is True after the first.

    The second raises KeyboardInterrupt. In another thread than the main one signals never arrive.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.draining = False
        self._say = say
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.draining:
            raise KeyboardInterrupt
        self.draining = True
        self._say("Finishing what is under way; press Ctrl-C again to stop at once.")
