"""Sweeps as a whole: only what is missing, whatever fails is said, nothing finished is lost."""

import errno
import json
import os
import subprocess
import sys

import pytest

import polysem
from polysem._cli import run as command
from polysem._errors import BadInput, RunFailed
from polysem._sweep import session as module
from polysem._sweep.in_process import InProcess
from polysem._sweep.lock import locked
from polysem._sweep.work import work as real_work
from polysem._sweep.worker import work_named

GRID = {"base": {"l1": 0.1, "m": 8}, "axes": {"n": [2, 3, 4]}, "seeds": 2}
SABOTAGE = '''
import json, os, signal, time
from dataclasses import replace
from pathlib import Path
from polysem._sweep.work import prepare, work as real_work

def work(task):
    """n = 3 always raises, n = 4 kills its worker the first time, n = 5 hangs."""
    for item in task.items:
        n = json.loads(item.text)["network"]["n"]
        with open(Path(task.folder).parent / f"tried-{n}", "a") as tried:
            tried.write("x")
        first = os.stat(Path(task.folder).parent / f"tried-{n}").st_size == 1
        if n == 3 and not (Path(task.folder).parent / "mended").exists():
            raise ValueError("three is not allowed")
        if n == 4 and first:
            os.kill(os.getpid(), signal.SIGKILL)
        if n == 5:
            time.sleep(3600)
        yield from real_work(replace(task, items=(item,)))
'''


class Counting:
    """The engine of this process, which notes what it was asked for."""

    def __init__(self):
        self.items = []

    def run(self, tasks, work):
        for finished in InProcess().run(tasks, work):
            self.items += finished.task.items
            yield finished


def computed(grid, folder, **how):
    engine = Counting()
    result = polysem.sweep(grid, folder, engine=engine, **how)
    return result, [(item.first, item.count) for item in engine.items]


@pytest.fixture
def sabotage(tmp_path, monkeypatch):
    (tmp_path / "sabotaging.py").write_text(SABOTAGE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "work", work_named("sabotaging:work"))


def test_only_what_is_missing_is_computed(tmp_path):
    folder = tmp_path / "s"
    first, blocks = computed(GRID, folder)
    assert sorted(blocks) == [(0, 2)] * 3
    assert computed(GRID, folder)[1] == []
    more, blocks = computed({**GRID, "seeds": 5}, folder)
    assert sorted(blocks) == [(2, 3)] * 3
    longer, blocks = computed({**GRID, "axes": {"n": [2, 3, 4, 5]}, "seeds": 5}, folder)
    assert blocks == [(0, 5)]
    assert (len(first), len(more), len(longer)) == (6, 15, 20)
    assert "earlier" in json.loads((folder / "spec.json").read_text())
    at_once, _ = computed({**GRID, "axes": {"n": [2, 3, 4, 5]}, "seeds": 5}, tmp_path / "t")
    assert at_once.without_timings().equals(longer.without_timings())


def test_a_change_of_results_computes_all_anew(tmp_path, monkeypatch):
    computed(GRID, tmp_path / "s")
    monkeypatch.setattr("polysem._sweep.cells.RESULTS_VERSION", 10**6)
    assert len(computed(GRID, tmp_path / "s")[1]) == 3


def test_seeds_that_share_noise_are_one_block(tmp_path):
    noise = {"kind": "bipolar", "std": 0.1, "shared": "all"}
    base = {"verb": "train", "n": 2, "m": 4, "steps": 20, "noise": noise, "device": "cpu"}
    swept, blocks = computed({"base": base, "seeds": 3}, tmp_path / "s")
    assert blocks == [(0, 3)]
    run = polysem.train(2, 4, seeds=3, steps=20, noise=noise, device="cpu", record=())
    assert swept.table["l1_norm"].to_pylist() == [row["l1_norm"] for row in run.rows]
    assert computed({"base": base, "seeds": 4}, tmp_path / "s")[1] == [(0, 4)]


def test_a_damaged_part_is_named_and_computed_anew(tmp_path, capsys):
    folder = tmp_path / "s"
    whole, _ = computed(GRID, folder)
    path = sorted((folder / "parts").glob("*.parquet"))[1]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.warns(UserWarning, match=path.stem):
        assert len(polysem.load(folder)) == 4
    again, blocks = computed(GRID, folder)
    assert blocks == [(0, 2)]
    assert f"parts/{path.stem} is damaged (its end is missing)" in capsys.readouterr().err
    assert again.without_timings().equals(whole.without_timings())


def test_what_fails_is_recorded_with_the_reason_and_tried_again_later(tmp_path, sabotage, capsys):
    folder, grid = tmp_path / "s", tmp_path / "grid.json"
    grid.write_text(json.dumps({**GRID, "axes": {"n": [2, 3, 4, 5, 6]}}))
    arguments = ["sweep", str(grid), "--out", str(folder), "--workers", "1", "--retries", "1"]
    assert command([*arguments, "--limit-seconds", "2", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["cells"], said["seeds"]) == (3, 6)  # n = 2, 4 and 6
    reasons = {f["name"]: (f["attempts"], f["reason"]) for f in said["failures"]}
    assert reasons == {
        "n=3, m=8, l1=0.1": (2, "raised ValueError: three is not allowed"),
        "n=5, m=8, l1=0.1": (2, "was not finished within 2 s"),
    }
    assert command([*arguments, "--json"]) == 1  # not tried again unless asked for
    capsys.readouterr()
    assert (tmp_path / "tried-3").stat().st_size == 2
    (tmp_path / "mended").touch()
    grid.write_text(json.dumps({**GRID, "axes": {"n": [2, 3, 4, 6]}}))
    assert command([*arguments, "--retry-failed"]) == 1  # n = 5 still is on record
    assert "1 failed; try them again with --retry-failed" in capsys.readouterr().out
    assert sorted(set(polysem.load(folder).table["n"].to_pylist())) == [2, 3, 4, 6]


def test_two_sweeps_into_one_folder_are_refused(tmp_path):
    folder = tmp_path / "s"
    computed(GRID, folder)
    with locked(folder), pytest.raises(BadInput, match=rf"process {os.getpid()} on .* wait"):
        polysem.sweep(GRID, folder, workers=0)
    computed(GRID, folder)


def test_the_lock_dies_with_its_process(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from polysem._sweep.lock import locked\n"
        "with locked(Path('.')): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path)
    assert done.returncode == -9
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("workers", [0, 1])
def test_a_folder_that_vanishes_stops_the_sweep_in_one_sentence(tmp_path, monkeypatch, workers):
    (tmp_path / "vanishing.py").write_text(
        "import shutil\nfrom pathlib import Path\n"
        "from polysem._sweep.work import work as real_work\n"
        "def work(task):\n"
        "    for number, done in enumerate(real_work(task)):\n"
        "        yield done\n"
        "        if number == 0: shutil.rmtree(Path(task.folder) / 'parts')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "work", work_named("vanishing:work"))
    with pytest.raises(RunFailed, match=r"Could not write .*no such file"):
        polysem.sweep(GRID, tmp_path / "s", workers=workers)


def test_a_full_disk_keeps_what_is_done(tmp_path, monkeypatch):
    folder = tmp_path / "s"
    rename, left = os.replace, [4]  # spec.json and three parts fit

    def full(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        rename(source, target)

    monkeypatch.setattr("polysem._storage.files.os.replace", full)
    grid = {**GRID, "axes": {"n": [2, 3, 4, 5, 6]}}
    with pytest.raises(RunFailed, match="no space left on device; .* kept"):
        polysem.sweep(grid, folder, workers=0)
    monkeypatch.undo()
    assert len(polysem.load(folder)) == 6
    assert not list(folder.rglob("*.tmp"))
    assert len(computed(grid, folder)[1]) == 2


def test_a_folder_that_may_not_be_written_is_refused_before_anything(tmp_path, monkeypatch):
    monkeypatch.setattr("polysem._storage.files.os.access", lambda *_: False)
    with pytest.raises(BadInput, match="permission denied"):
        polysem.sweep(GRID, tmp_path / "s", workers=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_refused(tmp_path):
    polysem.simulate(2, 4, 0.1, out=tmp_path / "r", report=False, workers=1)
    with pytest.raises(BadInput, match="does not hold a sweep"):
        polysem.sweep(GRID, tmp_path / "r", workers=0)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        polysem.sweep(GRID, tmp_path / "mine", workers=0)


def test_a_cell_that_cannot_fit_is_named_and_nothing_is_run(tmp_path, capsys):
    grid = {"base": {"l1": 0.1}, "axes": {"n": [4, 1000], "m": [8, 500_000_000]}}
    for dry_run in (True, False):
        with pytest.raises(BadInput, match=r"cell n=1000, m=500000000, l1=0.1 needs about .* GiB"):
            polysem.sweep(grid, tmp_path / "s", dry_run=dry_run)
    assert list(tmp_path.iterdir()) == []


def test_the_further_matrices_of_a_deep_network_count_in_its_cell(tmp_path):
    base = {"verb": "train", "n": 4, "m": 10**6, "l1": 0.1, "train.steps": 1}
    deep = {"kind": "untied", "layers": 2}
    grid = {"base": base, "axes": {"architecture": [{"kind": "untied"}, deep]}}
    with pytest.raises(BadInput, match="architecture_layers=2, .* needs about .* GiB"):
        polysem.sweep(grid, tmp_path / "s", dry_run=True)


def test_a_dry_run_counts_and_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "s"
    computed(GRID, folder)
    before = sorted(folder.rglob("*"))
    found = polysem.sweep({**GRID, "seeds": 5}, folder, dry_run=True, workers=2)
    assert (found.cells, found.seeds, found.cells_missing, found.seeds_missing) == (3, 15, 3, 9)
    assert 0 < found.low <= found.seconds <= found.high
    assert found.largest == "n=4, m=8, l1=0.1"
    assert sorted(folder.rglob("*")) == before
    (tmp_path / "g.yaml").write_text("base: {m: 8, l1: 0.1}\naxes: {n: [2, 3]}\n")
    assert command(["sweep", "g.yaml", "--out", "new", "--dry-run"]) == 0
    assert "2 cells, 2 seeds; 2 cells and 2 seeds are missing" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


def test_the_first_interrupt_drains_and_keeps(tmp_path, monkeypatch, capsys):
    def interrupting(task):
        for done in real_work(task):
            yield done
            os.kill(os.getpid(), 2)

    monkeypatch.setattr(module, "work", interrupting)
    monkeypatch.setattr("polysem._sweep.plan.BATCH_ITEMS", 1)
    with pytest.raises(KeyboardInterrupt):
        polysem.sweep(GRID, tmp_path / "s", workers=0)
    assert len(polysem.load(tmp_path / "s")) == 2
    assert "press Ctrl-C again" in capsys.readouterr().err
    (tmp_path / "g.json").write_text(json.dumps(GRID))
    assert command(["sweep", "g.json", "--out", "s", "--workers", "0"]) == 130
    assert len(polysem.load(tmp_path / "s")) == 4


def test_every_engine_gives_the_same_bits(tmp_path):
    grid = {"base": {"l1": 0.01}, "axes": {"n": [8, 12], "m": [16, 33]}, "seeds": 3}
    here = polysem.sweep(grid, tmp_path / "here", workers=0)
    there = polysem.sweep(grid, tmp_path / "there", workers=2)
    assert here.without_timings().equals(there.without_timings())


class Listening:
    """A logger that remembers."""

    def __init__(self):
        self.said = []

    def on_start(self, facts):
        self.said.append(("start", facts["cells"]))

    def on_row(self, row):
        self.said.append(("row", row["n"], row["seed"]))

    def on_end(self, summary):
        self.said.append(("end", summary["seeds_done"]))


def test_loggers_hear_of_every_row_and_progress_of_every_task(tmp_path):
    logger, tallies = Listening(), []
    polysem.sweep(
        GRID, tmp_path / "s", workers=0, log=logger, progress=lambda t: tallies.append(str(t))
    )
    assert logger.said[0] == ("start", 3)
    assert sorted(logger.said[1:-1]) == [("row", n, s) for n in (2, 3, 4) for s in (0, 1)]
    assert logger.said[-1] == ("end", 6)
    assert tallies[0].startswith("0 of 3 cells, 0 of 6 seeds")
    assert tallies[-1].startswith("3 of 3 cells, 6 of 6 seeds")
    assert "about 0 s left, 0 failures" in tallies[-1]


@pytest.mark.parametrize("name", ["wandb", "mlflow", "tensorboard"])
def test_a_logger_whose_package_is_missing_is_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(BadInput, match=rf"pip install 'polysem\[{name}\]'"):
        polysem.sweep(GRID, tmp_path / "s", log=name)
    with pytest.raises(BadInput, match="did you mean 'wandb'"):
        polysem.sweep(GRID, tmp_path / "s", log="wandbb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"workers": -1}, "workers = -1"),
        ({"retries": -1}, "retries = -1"),
        ({"limit_seconds": 0}, "limit_seconds = 0"),
        ({"limit_seconds": 3, "workers": 0}, "needs worker processes"),
    ],
)
def test_bad_settings(tmp_path, how, words):
    with pytest.raises(BadInput, match=words):
        polysem.sweep(GRID, tmp_path / "s", **how)
