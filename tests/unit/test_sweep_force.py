"""Whole sweeps through the command, by force: what fails, fails alone; what is broken is mended."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

import polysem
from polysem._cli import run as command
from polysem._errors import BadInput
from polysem._sweep import session as module
from polysem._sweep.compact import compact
from polysem._sweep.store import PARTS, TRAJECTORIES, WEIGHTS, Store
from polysem._sweep.worker import work_named

GRID = {"base": {"l1": 0.1, "m": 8}, "axes": {"n": [2, 3, 4, 5, 6]}, "seeds": 2}
FORCE = '''
import json, os, signal, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from polysem._sweep.work import prepare, work as real_work

def work(task):
    """n = 3 raises, 4 asks for a terabyte, 5 hangs, each until mended; 6 ends its Dask worker (of
    worker processes: itself) in the middle of the cell, the first time."""
    folder = Path(task.folder).parent
    for item in task.items:
        n = json.loads(item.text)["network"]["n"]
        mended = (folder / "mended").exists()
        if n == 3 and not mended:
            raise ValueError("three is not allowed")
        if n == 4 and not mended:
            np.ones(2**40, dtype=np.uint8)
        if n == 5 and not mended:
            time.sleep(3600)
        if n == 6 and not (folder / "killed").exists():
            (folder / "killed").touch()
            above = Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
            os.kill(os.getppid() if b"dask" in above else os.getpid(), signal.SIGKILL)
            time.sleep(3600)
        yield from real_work(replace(task, items=(item,)))
'''
ENGINES = [
    ["--workers", "2"],
    pytest.param(
        ["--cluster", "local:2"],
        marks=pytest.mark.skipif(find_spec("distributed") is None, reason="polysem[cluster]"),
    ),
]


@pytest.fixture
def force(tmp_path, monkeypatch):
    (tmp_path / "forcing.py").write_text(FORCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "work", work_named("forcing:work"))


@pytest.mark.skipif(sys.platform != "linux", reason="finds Dask by /proc")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ENGINES, ids=["processes", "dask"])
def test_cells_that_raise_hang_or_ask_for_a_terabyte(tmp_path, force, capsys, engine):
    (tmp_path / "grid.json").write_text(json.dumps(GRID))
    run = ["sweep", "grid.json", "--out", "s", "--retries", "1", *engine]
    assert command([*run, "--limit-seconds", "2"]) == 1
    said = capsys.readouterr().out
    assert "2 cells, 4 seeds (4 converged) in s" in said
    assert "3 failed; try them again with --retry-failed" in said
    failures = {failure["name"]: failure for failure in polysem.load("s").failures}
    assert {name: failure["attempts"] for name, failure in failures.items()} == {
        f"n={n}, m=8, l1=0.1": 2 for n in (3, 4, 5)
    }
    reasons = [failure["reason"] for _, failure in sorted(failures.items())]
    assert reasons[0] == "raised ValueError: three is not allowed"
    assert reasons[1].startswith("ran out of memory: ")
    assert reasons[2] == "was not finished within 2 s"
    (tmp_path / "mended").touch()
    assert command([*run, "--retry-failed"]) == 0
    assert "5 cells, 10 seeds (10 converged) in s" in capsys.readouterr().out
    untouched = polysem.sweep(GRID, "untouched", workers=0)
    assert polysem.load("s").without_timings().equals(untouched.without_timings())
    assert (tmp_path / "killed").exists()


def flip(path):
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_every_kind_of_broken_file_is_named_and_computed_anew(tmp_path, capsys):
    grid = {**GRID, "base": {**GRID["base"], "record": {"what": ["loss"]}}}
    whole = polysem.sweep(grid, "s", workers=0, weights=True)
    trajectories, store = whole.trajectories, Store(tmp_path / "s")
    cells = sorted(set(whole.table["cell"].to_pylist()))
    compact(store, PARTS, [name for name in store.listing(PARTS) if name[:16] in cells[:2]])
    loose, joined = (store.listing(PARTS)[i] for i in (0, -1))
    broken = [
        (PARTS, loose),
        (PARTS, joined),
        (TRAJECTORIES, store.listing(TRAJECTORIES)[2]),
        (WEIGHTS, store.listing(WEIGHTS)[3]),
        (WEIGHTS, store.listing(WEIGHTS)[4]),
    ]
    for kind, name in broken:
        flip(store.path(kind, name))
    truncated = store.path(WEIGHTS, broken[-1][1])
    truncated.write_bytes(truncated.read_bytes()[:-4])
    with pytest.raises(BadInput, match=rf"weights {broken[3][1]!r} are damaged .* sweep again"):
        whole.weights(broken[3][1][:16])
    again = polysem.sweep(grid, "s", workers=0, weights=True)
    said = capsys.readouterr().err
    for kind, name in broken:
        assert f"The part {kind}/{name} is damaged" in said
    assert len(list((tmp_path / "s" / "damaged").iterdir())) == len(broken)
    assert again.without_timings().equals(whole.without_timings())
    assert again.trajectories.equals(trajectories)
    for cell in cells:
        assert sorted(again.weights(cell)) == [0, 1]


DROP_RIGHTS = """
import ctypes, os, sys
OVERRIDE, DROP = 1, 24  # CAP_DAC_OVERRIDE, PR_CAPBSET_DROP: root, too, then heeds the mode
if os.geteuid() == 0 and ctypes.CDLL(None).prctl(DROP, OVERRIDE, 0, 0, 0) != 0:
    sys.exit(77)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes root's rights by prctl")
def test_a_folder_that_may_only_be_read(tmp_path):
    (tmp_path / "grid.json").write_text(json.dumps(GRID))
    whole = polysem.sweep(GRID, "s", workers=0)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    folders = [tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        for out in ("s", "new"):
            arguments = ["-m", "polysem", "sweep", "grid.json", "--out", out, "--workers", "0"]
            done = subprocess.run(
                [sys.executable, "-c", DROP_RIGHTS, *arguments], capture_output=True, text=True
            )
            if done.returncode == 77:
                pytest.skip("rights cannot be dropped here")
            assert done.returncode == 2
            assert "cannot be written (permission denied on" in done.stderr
            assert "Traceback" not in done.stderr
        assert polysem.load("s").table.equals(whole.table)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


NO_GPU = {"base": {"m": 8, "l1": 0.1}, "axes": {"n": [2, 3], "device": ["cpu", "cuda"]}}


@pytest.mark.parametrize("verb", ["simulate", "train"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_device_that_is_not_there_is_refused_before_anything(
    tmp_path, monkeypatch, verb, dry_run
):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    grid = {**NO_GPU, "base": {**NO_GPU["base"], "verb": verb}}
    words = r"In the cell .*device=cuda.*: The device 'cuda' isn't there; .*\. Nothing was run\."
    with pytest.raises(BadInput, match=words):
        polysem.sweep(grid, "s", dry_run=dry_run)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_finished_on_a_device_is_opened_and_extended_without_it(tmp_path, monkeypatch):
    grid = {**NO_GPU, "axes": {"n": [2], "device": ["cpu"]}}
    polysem.sweep(grid, "s", workers=0)
    monkeypatch.setattr("polysem._sweep.devices._refusal", lambda cell: "Gone.")
    monkeypatch.setattr("polysem._sweep.devices.ANYWHERE", ())
    assert len(polysem.sweep(grid, "s", workers=0)) == 1
    with pytest.raises(BadInput, match=r"n=3.*: Gone\. Nothing was run"):
        polysem.sweep({**grid, "axes": {"n": [2, 3], "device": ["cpu"]}}, "s", workers=0)
