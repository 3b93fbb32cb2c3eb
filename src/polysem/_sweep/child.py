"""One worker process as its parent sees it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any

from polysem._flow.workers import ONE_THREAD
from polysem._sweep.engine import Done, Failure, Finished, Task

START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from polysem._sweep.worker import serve; serve(sys.argv[2])"
)
LAST_WORDS = 300  # characters of what a dead worker had printed
Event = tuple["Child", dict[str, Any] | None]
"""A worker, and what it said; None when it has gone."""


class Child:
    """A process that does one task at a time and says so in `inbox`."""

    def __init__(self, work: str, inbox: queue.Queue[Event]) -> None:
        self.task: Task | None = None
        self.ready = False
        self.since: float | None = None
        self.sentence: Failure | None = None
        self._done: list[Done] = []
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        paths = json.dumps([path or os.getcwd() for path in sys.path])
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, paths, work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **ONE_THREAD},
            process_group=0,  # Ctrl-C on the terminal is not for the workers
        )
        self._listener = threading.Thread(target=self._listen, args=(inbox,), daemon=True)
        self._listener.start()

    def start(self, task: Task) -> None:
        """Hand over a task; if the process has just died, that is heard of in the inbox."""
        self.task, self._done = task, []
        self.begin()
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(task.to_json().encode() + b"\n")
            self.process.stdin.flush()

    def begin(self) -> None:
        """An item begins now (not before the process is ready)."""
        self.since = time.monotonic() if self.ready else None

    @property
    def seconds(self) -> float:
        """How long the item under way has been computed."""
        return 0.0 if self.since is None else time.monotonic() - self.since

    def note(self, done: Done) -> None:
        """An item is finished, the next begins."""
        self._done.append(done)
        self.begin()

    def hand_back(self, failure: Failure | None) -> Finished:
        """The task with what came of it; the worker is free."""
        assert self.task is not None
        finished = Finished(self.task, tuple(self._done), failure)
        self.task = self.since = None
        return finished

    def kill(self) -> None:
        """End the process at once and wait for it."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def forget(self) -> None:
        """Let go of what is left of a process that has ended."""
        self.kill()
        self._listener.join()
        self._errors.close()

    def last_words(self) -> str:
        """How the process ended, as a clause of a sentence."""
        code = self.process.wait()
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - LAST_WORDS))
        said = self._errors.read().decode(errors="replace").strip()
        if code < 0:
            name = signal.Signals(-code).name if -code in list(signal.Signals) else str(-code)
            hint = " (for want of memory, or by someone)" if name == "SIGKILL" else ""
            how = f"its worker was ended by {name}{hint}"
        else:
            how = f"its worker left with exit code {code}"
        return f"{how}: {' '.join(said.split())}" if said else how

    def _listen(self, inbox: queue.Queue[Event]) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError, OSError):
            for line in self.process.stdout:
                inbox.put((self, json.loads(line)))
        self.process.stdout.close()
        inbox.put((self, None))
