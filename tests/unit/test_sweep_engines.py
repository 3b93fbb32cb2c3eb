"""Engines: tasks that raise, hang, kill their worker or ask for a terabyte cost only themselves."""

import os
import signal
import threading
import time

import pytest

from polysem._errors import RunFailed
from polysem._sweep.engine import Failure, Item, Task
from polysem._sweep.in_process import InProcess
from polysem._sweep.local_processes import LocalProcesses
from polysem._sweep.worker import work_named

WORK = '''
import os, signal, sys, time
import numpy as np
from polysem._sweep.engine import Done, StorageLost

def misbehave(task):
    """Items whose text says what goes wrong."""
    for item in task.items:
        match item.text:
            case "raises": raise ValueError("two\\nlines")
            case "hangs": time.sleep(3600)
            case "dies": os.kill(os.getpid(), signal.SIGKILL)
            case "leaves": print("last words", file=sys.stderr); os._exit(7)
            case "terabyte": np.ones(2**40, dtype=np.uint8)
            case "full": raise StorageLost("no space left")
            case "prints": print("noise on standard output")
            case "threads": assert os.environ["OMP_NUM_THREADS"] == "1"
            case "sleeps": time.sleep(0.2)
        yield Done(item.name, 0.0, str(os.getpid()), 1)
'''


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that worker processes find as well."""
    (tmp_path / "misbehaving.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    return work_named("misbehaving:misbehave")


def task(*texts, first=0, memory=0):
    items = tuple(Item("c", text, first + i, 1) for i, text in enumerate(texts))
    return Task(items, ".", memory=memory)


def run(engine, tasks, work):
    return {finished.task.items[0].first: finished for finished in engine.run(tasks, work)}


WRONG = {
    "raises": ("raised", "raised ValueError: two lines"),
    "dies": ("killed", "ended by SIGKILL"),
    "leaves": ("killed", "exit code 7: last words"),
    "terabyte": ("memory", "ran out of memory"),
    "full": ("storage", "no space left"),
    "hangs": ("hung", "not finished within 1 s"),
}


def test_whatever_goes_wrong_costs_only_its_own_task(work):
    wrong = list(WRONG)
    tasks = [task("", wrong[i], "", first=10 * i) for i in range(len(wrong))]
    tasks += [task("", "prints", "threads", first=100 + 10 * i) for i in range(3)]
    found = run(LocalProcesses(2, limit_seconds=1.0), tasks, work)
    assert sorted(found) == [0, 10, 20, 30, 40, 50, 100, 110, 120]
    for i, name in enumerate(wrong):
        kind, words = WRONG[name]
        failure = found[10 * i].failure
        assert failure is not None
        assert (failure.kind, words in failure.reason) == (kind, True), failure
        assert [done.name for done in found[10 * i].done] == [f"c_s{10 * i}-{10 * i}"]
    for first in (100, 110, 120):
        assert found[first].failure is None
        assert len(found[first].done) == 3


def test_in_this_process_a_task_that_raises_costs_only_itself(work):
    found = run(
        InProcess(), [task("", "raises"), task("terabyte", first=5), task("", first=9)], work
    )
    kinds = [getattr(found[k].failure, "kind", None) for k in (0, 5, 9)]
    assert kinds == ["raised", "memory", None]


def test_tasks_are_taken_only_when_there_is_room(work):
    taken = []

    def tasks():
        for i in range(4):
            taken.append(i)
            yield task("sleeps", first=i)

    results = LocalProcesses(1).run(tasks(), work)
    next(results)
    assert len(taken) == 1
    results.close()


def test_tasks_under_way_stay_within_memory_but_none_is_left_over(work):
    engine = LocalProcesses(2, memory=10)
    found = engine.run([task("sleeps", first=i, memory=6 + 20 * i) for i in range(3)], work)
    workers = {finished.done[0].worker for finished in found}
    assert len(workers) == 1  # never two at once


def test_closing_ends_the_workers(work):
    results = LocalProcesses(2).run([task("", first=0), task("hangs", first=5)], work)
    worker = int(next(results).done[0].worker)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def workers_of(engine, work, *modes):
    tasks = [task(mode, first=10 * i) for i, mode in enumerate(modes)]
    return {done.worker for finished in engine.run(tasks, work) for done in finished.done}


def gone(worker):
    try:
        os.kill(int(worker), 0)
    except ProcessLookupError:
        return True
    return False


def test_workers_are_kept_from_one_run_to_the_next_and_no_longer(work):
    with LocalProcesses(1) as engine:
        first = workers_of(engine, work, "", "")
        assert workers_of(engine, work, "") == first
        workers_of(engine, work, "dies")
        (second,) = workers_of(engine, work, "")
        assert first != {second}  # a dead one is replaced
    assert gone(second)
    with LocalProcesses(2) as engine:
        results = engine.run([task("", first=0), task("hangs", first=5)], work)
        finished = next(results)
        results.close()  # one that is not done is not kept
        assert gone(finished.done[0].worker)
    assert workers_of(LocalProcesses(1), work, "") != workers_of(LocalProcesses(1), work, "")


def test_workers_that_cannot_start_are_said_once(tmp_path, monkeypatch):
    (tmp_path / "starting.py").write_text(
        "import os\nif os.environ.get('NOT_HERE'): raise SystemExit('not today')\n"
        "def nothing(task): yield from ()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    work = work_named("starting:nothing")
    monkeypatch.setenv("NOT_HERE", "1")
    with pytest.raises(RunFailed, match="No worker process can be started: .*not today"):
        list(LocalProcesses(1).run([task("") for _ in range(5)], work))


def test_a_second_interrupt_goes_through_the_engine_and_leaves_no_worker(work):
    threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(LocalProcesses(1).run([task("hangs")], work))
    assert time.monotonic() - began < 30


def test_a_task_travels_as_json():
    there = Task((Item("c", '{"n":2}', 3, 4),), "folder", True, 1.5, 7)
    assert Task.from_json(there.to_json()) == there


def test_failures_are_one_line():
    assert "\n" not in Failure.of(ValueError("a\nb")).reason
