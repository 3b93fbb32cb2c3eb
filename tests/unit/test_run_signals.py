"""A real Ctrl-C, sent to every process of the run as a terminal does."""

import os
import signal
import subprocess
import sys
import time

import polysem


def test_ctrl_c_ends_the_run_and_its_workers_and_keeps_what_was_finished(tmp_path):
    out = tmp_path / "r"
    size = ["--n", "64", "--m", "64", "--l1", "0.001", "--seeds", "200"]
    run = subprocess.Popen(
        [sys.executable, "-m", "polysem", "simulate", *size, "--out", out, "--no-report"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 120
        while len(list(out.glob("parts/*"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=60)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == 130
    assert said.splitlines()[-1].startswith("polysem: Interrupted")
    assert "Traceback" not in said
    kept = polysem.load(out)
    assert len(kept.seeds) >= 3
    assert set(map(str, kept.outcomes)) == {"converged"}
