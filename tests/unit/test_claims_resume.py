"""A ledger cut off in the middle of a sweep goes on, and says what one without a break says."""

import json
import os
import signal
import subprocess
import sys

import pytest

import polysem
from polysem._cli import run

IDS, SEEDS = (2, 4), 40


def told(folder):
    return json.loads((folder / "ledger.json").read_text())["claims"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "ledger"
    polysem.claims(*IDS, out=out, seeds=SEEDS, workers=0)
    return told(out)


def cut_off_and_gone_on(out, whole):
    """Something was finished, something was not; run again it is all there."""
    assert not (out / "ledger.json").exists()
    done = polysem.load(out / "02-sign-story" / "networks")
    assert 0 < len(done) < 2 * SEEDS
    polysem.claims(*IDS, out=out, seeds=SEEDS, workers=0)
    assert told(out) == whole


def test_after_ctrl_c(tmp_path, whole):
    def stop(what, tally):
        if tally.seeds_done:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        polysem.claims(*IDS, out=tmp_path / "x", seeds=SEEDS, workers=0, progress=stop)
    cut_off_and_gone_on(tmp_path / "x", whole)


def test_after_sigkill(tmp_path, whole):
    code = (
        "import os, signal, polysem\n"
        f"polysem.claims(*{IDS}, out='x', seeds={SEEDS}, workers=0,\n"
        "    progress=lambda _, tally: tally.seeds_done and os.kill(os.getpid(), signal.SIGKILL))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert ended.returncode == -signal.SIGKILL
    cut_off_and_gone_on(tmp_path / "x", whole)


def test_one_size_at_a_time(tmp_path, capsys):
    assert run(["claims", "4", "--quick", "--full", "--out", str(tmp_path / "x")]) == 2
    assert "--full and --quick are two sizes" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_is_refused_before_anything_is_computed(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run(["claims", "4", "--out", str(tmp_path / "file" / "x")]) == 2
    assert "cannot be made" in capsys.readouterr().err
    assert run(["claims", "4", "--out", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_a_dry_run_counts_every_sweep_once_and_stores_nothing(tmp_path, capsys):
    plan = polysem.claims(2, 3, 4, full=True, seeds=2, out=tmp_path / "x", dry_run=True)
    assert [(one.claim, one.forecast.seeds) for one in plan.sweeps] == [
        ("02-sign-story", 16),
        ("04-half-malign", 24),
    ]
    assert plan.seconds > 0
    assert plan.largest_bytes > 2**20
    assert "40 networks are missing (full, at most 2 seeds per cell)" in str(plan)
    assert run(["claims", "4", "--dry-run", "--json", "--out", str(tmp_path / "x")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["sweeps"][0]["seeds_missing"] == 1500
    assert not (tmp_path / "x").exists()
