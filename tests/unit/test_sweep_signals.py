"""A real Ctrl-C on a sweep with workers: one drains, two stop at once; nothing finished is lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import polysem

GRID = {"base": {"n": 32, "m": 32}, "axes": {"l1": {"geometric": [0.001, 0.002, 200]}}}


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(tmp_path, times):
    (tmp_path / "grid.json").write_text(json.dumps(GRID))
    sweep = subprocess.Popen(
        [sys.executable, "-m", "polysem", "sweep", "grid.json", "--out", "s", "--workers", "2"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 120
        while len(list(tmp_path.glob("s/parts/*.parquet"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(times):
            os.killpg(sweep.pid, signal.SIGINT)
            time.sleep(0.2)
        _, said = sweep.communicate(timeout=60)
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
