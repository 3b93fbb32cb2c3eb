"""One network moving in a thread of its own, handing out moments through a bounded queue.

The thread waits while nobody takes moments, so a paused page computes nothing. At most one thread
per core computes at a time; the others wait for a seat. Kernels and BLAS release the interpreter,
so pages stay responsive meanwhile.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from polysem._explorer.jobs import POLL, SEATS
from polysem._explorer.live.frames import Frame, Opening, make_frame, open_start
from polysem._explorer.live.laws import Laws, laws_of
from polysem._explorer.live.settings import LiveSettings
from polysem._explorer.watching import Watcher, solve_watched
from polysem._flow.recorder import TrajectoryRecorder
from polysem._run.folder import run_of_parts
from polysem._run.parts import make_part
from polysem._run.run import Run

ROOM = 4  # moments computed ahead of the page


class Cancelled(Exception):
    """Raised inside the solve to end it. Never leaves this module."""


@dataclass(frozen=True, eq=False)
class Finished:
    """The end: the run, as `simulate` or `train` would have made it."""

    run: Run


@dataclass(frozen=True)
class Failed:
    """Why there will be no end."""

    sentence: str


Message = Opening | Laws | Frame | Finished | Failed


class Worker:
    """Moves one network. `start` it, `take` what it has, `cancel` it; all from any thread."""

    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self._messages: queue.Queue[Message] = queue.Queue(ROOM)
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._work, name="polysem-live", daemon=True)
        self._seated = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """End soon; nothing more is handed out."""
        self._cancelled.set()

    def join(self, seconds: float) -> None:
        """Wait until it has ended, so long at most."""
        self._thread.join(seconds)

    @property
    def working(self) -> bool:
        """True until the thread has ended."""
        return self._thread.is_alive()

    def take(self) -> Message | None:
        """The next message, None if there is none yet or it was cancelled."""
        if self._cancelled.is_set():
            return None
        try:
            return self._messages.get_nowait()
        except queue.Empty:
            return None

    def check(self) -> None:
        """Raise `Cancelled` if it was."""
        if self._cancelled.is_set():
            raise Cancelled

    def put(self, message: Message) -> None:
        """Hand a message out, leaving the seat while the queue is full."""
        self._leave()
        while True:
            self.check()
            try:
                self._messages.put(message, timeout=POLL)
                break
            except queue.Full:
                continue
        self._sit()

    def _wait_until_taken(self) -> None:
        self._leave()
        while not self._messages.empty():
            self.check()
            time.sleep(POLL)
        self._sit()

    def _sit(self) -> None:
        while not SEATS.acquire(timeout=POLL):
            self.check()
        self._seated = True

    def _leave(self) -> None:
        if self._seated:
            self._seated = False
            SEATS.release()

    def _work(self) -> None:
        try:
            self._sit()
            threadpool_limits(1)  # for good: overlapping solves would undo each other's limit
            self._move()
        except Cancelled:
            pass
        except MemoryError:
            self._say("There was not enough memory for this network; choose a smaller one.")
        except Exception as error:  # the page must say it, whatever it was
            self._say(f"The computation stopped: {type(error).__name__}: {error}")
        finally:
            self._leave()

    def _say(self, sentence: str) -> None:
        with suppress(Cancelled):
            self.put(Failed(sentence))

    def _move(self) -> None:
        spec = self.settings.spec
        problem = spec.network.problem
        start = spec.network.start(spec.seed)
        opening = open_start(start)
        self.put(opening)
        self.put(make_frame(0, start, problem, opening))
        self._wait_until_taken()  # laws take a tenth of a second and hold the interpreter
        laws = laws_of(self.settings)
        if laws is not None:
            self.put(laws)

        def recorder() -> Watcher:
            first = spec.record.first
            frame = lambda t, W: self.put(make_frame(t, W, problem, opening))  # noqa: E731
            return Watcher(TrajectoryRecorder(spec.record, problem), first, frame, self.check)

        solution = solve_watched(spec, recorder)
        self.put(make_frame(solution.t, solution.end, problem, opening))
        part = make_part(start, solution)
        run = run_of_parts(spec, {spec.seed: part}, "the page")
        run.census  # noqa: B018 - counted here, so that no page waits for it
        self.put(Finished(run))


def wait_for(worker: Worker, kind: type, seconds: float) -> Message:
    """The first message of a kind, taking all before it. Raises `TimeoutError`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = worker.take()
        if message is not None and isinstance(message, kind):
            return message
        if message is None:
            time.sleep(0.002)
    raise TimeoutError(f"no {kind.__name__} within {seconds} s")
