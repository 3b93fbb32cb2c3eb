"""Long work beside a page: in a thread of its own, with progress, and cancelled when not wanted.

At most one thread per core computes at a time; the others wait for a seat.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from polysem._errors import PolysemError

SEATS = threading.Semaphore(os.cpu_count() or 1)
POLL = 0.05  # seconds after which a waiting thread looks whether it was cancelled


class Cancelled(BaseException):
    """Raised inside work to end it; never leaves this module. Not an `Exception`, so that code
    which survives the failure of a part does not survive this."""


class Job:
    """`work(job)` in a thread. `share` — done so far, 0 to 1, and `words` about it; afterwards
    `result`, or `problem` in one sentence."""

    def __init__(self, work: Callable[[Job], Any]) -> None:
        self._work = work
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="polysem-job", daemon=True)
        self.share, self.words = 0.0, ""
        self.result: Any = None
        self.problem = ""

    def start(self) -> Job:
        """Begin; returns itself."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End soon, at the next `check`."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """True if it was told to end."""
        return self._cancelled.is_set()

    @property
    def working(self) -> bool:
        """True until the thread has ended."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait until it has ended, so long at most."""
        self._thread.join(seconds)

    def check(self) -> None:
        """For the work to call often: ends it if it was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def say(self, share: float, words: str = "") -> None:
        """For the work to call: how far it is."""
        self.check()
        self.share, self.words = min(max(share, 0.0), 1.0), words

    def _run(self) -> None:
        seated = False
        try:
            while not (seated := SEATS.acquire(timeout=POLL)):
                self.check()
            self.check()
            self.result = self._work(self)
            self.share = 1.0
        except Cancelled:
            self.problem = "Cancelled."
        except PolysemError as error:
            self.problem = str(error)
        except MemoryError:
            self.problem = "There was not enough memory for this."
        except Exception as error:  # the page must say it, whatever it was
            self.problem = f"This could not be done: {type(error).__name__}: {error}"
        finally:
            if seated:
                SEATS.release()


class Turns:
    """What is to be done at the next tick: only there the document is ours to change.

    Panel answers clicks without the document's lock.
    """

    def __init__(self) -> None:
        self._wanted: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()

    def soon(self, act: Callable[..., Any], *values: Any) -> None:
        """Do this at the next tick."""
        self._wanted.append((act, values))

    def take(self) -> None:
        """Do all that is wanted."""
        while self._wanted:
            act, values = self._wanted.popleft()
            act(*values)
