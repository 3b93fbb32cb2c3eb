"""A worker process of `LocalProcesses`: tasks come in as lines of JSON, reports go out the same.

Nothing is unpickled and the user's script is not imported again. The worker ends at once when its
parent has gone, because then its input ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from dataclasses import asdict
from importlib import import_module
from typing import TextIO

from polysem._sweep.engine import Failure, Task, Work

FIRST_TO_GO = "500"  # so that a kernel short of memory ends a worker, not the sweep
MOST_MEMORY = 4  # times what there is: a wild request fails where it is made, not in the kernel


def serve(name: str) -> None:
    """Read tasks from standard input and do them with the function `name` ("module:function")."""
    answers = _take_over_output()
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    with contextlib.suppress(OSError, ValueError, ImportError):
        _offer_to_go_first()
        _limit_memory()
    tasks: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()
    work = work_named(name)
    prepare = getattr(sys.modules[work.__module__], "prepare", None)
    while True:
        task = Task.from_json(tasks.get())
        if prepare is not None:
            prepare(task)  # loading and compiling is not the time of a cell
        _say(answers, "ready")
        _do(task, work, answers)


def work_named(name: str) -> Work:
    """The function "module:function"."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


def name_of(work: Work) -> str:
    """The inverse of `work_named`."""
    return f"{work.__module__}:{work.__qualname__}"


def _do(task: Task, work: Work, answers: TextIO) -> None:
    try:
        for done in work(task):
            _say(answers, "item", **asdict(done))
    except Exception as error:
        failure = Failure.of(error)
        _say(answers, "failed", **asdict(failure))
    else:
        _say(answers, "finished")


def _say(answers: TextIO, event: str, **facts: object) -> None:
    answers.write(json.dumps({"event": event, **facts}) + "\n")
    answers.flush()


def _take_over_output() -> TextIO:
    """Keep standard output for reports; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _offer_to_go_first() -> None:
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(FIRST_TO_GO)


def _limit_memory() -> None:
    import resource

    from polysem._sweep.machine import memory_there

    there = memory_there()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if there is not None and hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY * there, hard))


def _read(tasks: queue.Queue[str]) -> None:
    """Pass lines on until the parent has gone; then nobody waits for what is under way."""
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)
