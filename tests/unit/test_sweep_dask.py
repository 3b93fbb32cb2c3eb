"""The Dask engine on a real scheduler and worker: same bits, and failures cost only themselves."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import polysem
from polysem._errors import BadInput, RunFailed
from polysem._sweep.engine import Item, Task
from polysem._sweep.worker import work_named

pytest.importorskip("distributed", reason="the extra polysem[cluster] is not installed")

from polysem._sweep import dask_seat
from polysem._sweep.dask_engine import DaskEngine
from polysem._sweep.dask_local import Local
from polysem._sweep.dask_places import place_of

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="process groups"),
    pytest.mark.timeout(600),
]
WORK = '''
import os, signal, time
from pathlib import Path
import numpy as np
from polysem._sweep.engine import Done, StorageLost

def misbehave(task):
    """Items whose text says what goes wrong."""
    for item in task.items:
        first_time = Path(task.folder) / f"first-{item.first}"
        match item.text:
            case "raises": raise ValueError("two\\nlines")
            case "hangs": time.sleep(3600)
            case "dies": os.kill(os.getpid(), signal.SIGKILL)
            case "terabyte": np.ones(2**40, dtype=np.uint8)
            case "kills Dask":
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(3600)
            case "kills Dask once":
                if not first_time.exists():
                    first_time.touch()
                    os.kill(os.getppid(), signal.SIGKILL)
                    time.sleep(3600)
            case "threads": assert os.environ["OMP_NUM_THREADS"] == "1"
        yield Done(item.name, 0.0, str(os.getpid()), 1)
'''
WRONG = {
    "raises": ("raised", "raised ValueError: two lines"),
    "dies": ("killed", "ended by SIGKILL"),
    "terabyte": ("memory", "ran out of memory"),
    "hangs": ("hung", "not finished within 1 s"),
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A folder of modules that Dask workers find as well."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "misbehaving_far.py").write_text(WORK)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def cluster(modules):
    """One scheduler, one Dask worker of two threads, for all tests; its address."""
    place = Local(2)
    client = place.open()
    yield client.scheduler.address
    client.close()
    place.close()


@pytest.fixture
def work(modules):
    return work_named("misbehaving_far:misbehave")


@pytest.fixture
def engine(cluster):
    with DaskEngine(place_of(cluster), limit_seconds=1.0) as engine:
        yield engine


def task(*texts, first=0, memory=0):
    items = tuple(Item("c", text, first + i, 1) for i, text in enumerate(texts))
    return Task(items, ".", memory=memory)


def run(engine, tasks, work):
    return {finished.task.items[0].first: finished for finished in engine.run(tasks, work)}


def test_whatever_goes_wrong_costs_only_its_own_task(engine, work):
    wrong = list(WRONG)
    tasks = [task("", wrong[i], "", first=10 * i) for i in range(len(wrong))]
    tasks += [task("", "threads", first=100 + 10 * i) for i in range(3)]
    found = run(engine, tasks, work)
    assert sorted(found) == [0, 10, 20, 30, 100, 110, 120]
    for i, name in enumerate(wrong):
        kind, words = WRONG[name]
        failure = found[10 * i].failure
        assert failure is not None
        assert (failure.kind, words in failure.reason) == (kind, True), failure
        assert [done.name for done in found[10 * i].done] == [f"c_s{10 * i}-{10 * i}"]
    for first in (100, 110, 120):
        assert found[first].failure is None
        assert len(found[first].done) == 2


def test_a_dask_worker_that_is_killed_amid_a_cell_loses_nothing(engine, work):
    tasks = [task("kills Dask once"), task("", first=5), task("", first=9)]
    found = run(engine, tasks, work)
    assert [found[first].failure for first in (0, 5, 9)] == [None] * 3


def test_a_cell_that_always_kills_its_dask_worker_is_a_failure(modules, work):
    from dask import config

    with config.set({"distributed.scheduler.allowed-failures": 0}):  # the default takes 4
        engine = DaskEngine(Local(1))
        with engine:
            found = run(engine, [task("kills Dask"), task("", first=5)], work)
    assert found[0].failure is not None
    assert found[0].failure.kind == "killed"
    assert "1 Dask workers were lost" in found[0].failure.reason


def test_closing_ends_what_runs_and_the_workers_stay(cluster, work):
    with DaskEngine(place_of(cluster)) as engine:
        results = engine.run([task("", first=0), task("hangs", first=5)], work)
        process = int(next(results).done[0].worker)
        results.close()
        assert not is_alive(process)
        assert run(engine, [task("", first=7)], work)[7].failure is None


def is_alive(process):
    """True while a process runs; the signal needs a moment, and a zombie is dead."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.1)
    return True


def test_a_folder_that_workers_do_not_see_stops_the_sweep(engine, work, monkeypatch):
    monkeypatch.setattr(dask_seat, "VISIBLE_SECONDS", 0.0)
    there = replace(task(""), folder="/nowhere/at/all")
    order = dask_seat.Order(there.to_json(), "misbehaving_far:misbehave", "r", None)
    failure = dask_seat.finished_of(there, dask_seat.do(order, 2**30)).failure
    assert failure is not None
    assert failure.kind == "storage"
    assert "does not see the folder '/nowhere/at/all'" in failure.reason


def test_a_worker_with_other_code_or_too_little_memory_refuses():
    there = task("", memory=2**31)
    order = dask_seat.Order(there.to_json(), "misbehaving_far:misbehave", "r", None)
    short = dask_seat.finished_of(there, dask_seat.do(order, 2**30)).failure
    other = replace(order, results_version=0)
    stranger = dask_seat.finished_of(there, dask_seat.do(other, 2**40)).failure
    assert short is not None
    assert stranger is not None
    assert (short.kind, "about 2.0 GiB" in short.reason) == ("memory", True)
    assert (stranger.kind, "install the same everywhere" in stranger.reason) == ("storage", True)


def test_tasks_of_one_dask_worker_share_its_memory():
    import threading

    room = dask_seat.Room()
    room.enter(6, 10)
    entered = threading.Event()
    second = threading.Thread(target=lambda: (room.enter(6, 10), entered.set()))
    second.start()
    assert not entered.wait(0.3)
    room.leave(6)
    assert entered.wait(10)
    second.join()
    room.leave(6)
    room.enter(60, 10)  # alone, it may try


def test_the_same_cells_give_the_same_bits(cluster, tmp_path):
    grid = {"base": {"n": 12}, "axes": {"m": [6, 24], "l1": [0.02, 0.05, 0.1]}, "seeds": 3}
    far = polysem.sweep(grid, tmp_path / "far", cluster=cluster)
    here = polysem.sweep(grid, "here", workers=0)
    assert far.without_timings().equals(here.without_timings())
    assert len(far) == 18


def test_a_reproduction_is_computed_there_too(cluster, tmp_path):
    from polysem._reproduce.cells import Cell, read_cell, run_cells

    cells = [
        Cell("flow", {"n": 5, "m": 20, "l1": 0.1, "seed": seed, "seeds": 1}) for seed in (0, 1)
    ]
    run_cells(cells, tmp_path / "far", None, None, cluster)
    run_cells(cells, tmp_path / "here", 1, None)
    for cell in cells:
        far, here = read_cell(cell, tmp_path / "far"), read_cell(cell, tmp_path / "here")
        assert far.arrays["start_end"].tobytes() == here.arrays["start_end"].tobytes()


def test_a_scheduler_that_goes_away_stops_the_sweep_with_a_sentence(work):
    place = Local(1)
    engine = DaskEngine(place)
    with engine:
        results = engine.run([task("", first=0), task("hangs", first=5)], work)
        next(results)
        place.close()
        with pytest.raises(RunFailed, match="does not answer any more; what is finished is kept"):
            next(results)


def test_nobody_there(monkeypatch):
    monkeypatch.setattr("polysem._sweep.dask_places.CONNECT_SECONDS", 1)
    with pytest.raises(RunFailed, match="No Dask scheduler answers at tcp://127.0.0.1:9: "):
        place_of("tcp://127.0.0.1:9").open()


@pytest.mark.parametrize("wrong", ["", "local", "local:0", "local:two", "tcp://host", "pbs"])
def test_places_that_are_none(wrong):
    with pytest.raises(BadInput, match="use tcp://HOST:PORT of a Dask scheduler, local:4"):
        place_of(wrong)


def test_cluster_excludes_workers_and_engine():
    with pytest.raises(BadInput, match="leave out workers and engine"):
        polysem.sweep({"base": {"n": 2, "m": 4}}, "s", cluster="local:2", workers=2)


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("polysem._sweep.dask_places.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"not installed: pip install 'polysem\[cluster\]'"):
        place_of("local:2")


def test_a_dry_run_starts_nothing_and_knows_the_threads():
    found = polysem.sweep({"base": {"n": 2, "m": 4}}, "s", cluster="local:3", dry_run=True)
    assert found.workers == 3
    assert not Path("s").exists()


def test_dask_is_not_imported_unless_asked_for():
    code = (
        "import polysem, sys; polysem.sweep({'base': {'n': 2, 'm': 4}}, 's', workers=0);"
        "print([n for n in ('distributed', 'dask', 'dask_jobqueue') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


GRID = {"base": {"n": 32, "m": 32}, "axes": {"l1": {"geometric": [0.001, 0.002, 200]}}}


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(tmp_path, times):
    (tmp_path / "grid.json").write_text(json.dumps(GRID))
    command = [sys.executable, "-m", "polysem", "sweep", "grid.json", "--out", "s"]
    sweep = subprocess.Popen(
        [*command, "--cluster", "local:2"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 180
        while len(list(tmp_path.glob("s/parts/*.parquet"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(times):
            os.killpg(sweep.pid, signal.SIGINT)
            time.sleep(0.2)
        _, said = sweep.communicate(timeout=120)
    finally:
        if sweep.poll() is None:
            os.killpg(sweep.pid, signal.SIGKILL)
    assert sweep.returncode == 130
    assert [line for line in said.splitlines() if not line.startswith("sweep: ")] == [
        "Finishing what is under way; press Ctrl-C again to stop at once.",
        "polysem: Interrupted; what was finished is kept.",
    ]
    found = polysem.load(tmp_path / "s")
    assert 2 <= len(found) < 200
    assert not found.damaged


def interrupted(*_, **__):
    raise KeyboardInterrupt


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_close_that_is_interrupted_leaves_no_process(monkeypatch):
    place = Local(1)
    engine = DaskEngine(place)
    engine._client = client = place.open()
    cluster = place._cluster
    group = cluster.workers[0].process.pid
    assert is_there(group)
    with monkeypatch.context() as patched:
        patched.setattr(client, "close", interrupted)
        patched.setattr(cluster, "close", interrupted)
        with pytest.raises(KeyboardInterrupt), engine:
            pass
    deadline = time.monotonic() + 30
    while is_there(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_there(group)
    client.close()
    cluster.close()
