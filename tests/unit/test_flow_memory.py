"""How many arrays of the size of the weights a solve and a run hold at once: counted."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

import polysem
from polysem._flow import certificate, statistics, verdict
from polysem._flow.kept import Kept
from polysem._flow.spec import SimulateSpec
from polysem._run.simulate import run_simulation

N, M = 40, 2**15
MOST = 4.15  # four, and what is as long as a row or a column


def copies(act, *arguments):
    """Peak of what `act` allocates, in float32 matrices of N·M weights."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = act(*arguments)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    del kept
    return peak / (4 * N * M)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """What is handled at a time is a fixed number of weights; here it would be a quarter of all."""
    monkeypatch.setattr(certificate, "BLOCK", 2**12)
    monkeypatch.setattr(statistics, "WEIGHTS_AT_ONCE", 2**12)


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    """Libraries are loaded and kernels compiled before anything is counted."""
    polysem.simulate(40, 80, 0.1, check=True, workers=1).census  # noqa: B018


def spec(n=N, m=M, **flow):
    l1 = flow.pop("l1", 0.1)
    return SimulateSpec.build(network={"n": n, "m": m, "l1": l1}, flow=flow)


def run(spec, out=None):
    return run_simulation(spec, workers=1, out=out, report=False).census


def test_a_run_holds_four_matrices_at_most():
    assert 3 < copies(run, spec()) <= MOST


def test_so_does_one_that_is_checked():
    assert 3 < copies(run, spec(check=True)) <= MOST


def test_and_one_that_stays_dense_and_is_stationary():
    """The state of one window ago is as large as the state."""
    assert copies(run, spec(l1=0.0, t_max=200.0)) <= MOST


def test_and_one_that_is_written(tmp_path):
    run(spec(8, 16), tmp_path / "loaded")
    assert copies(run, spec(), tmp_path / "run") <= MOST


def test_the_count_sees_one_more(monkeypatch):
    extra = SimpleNamespace(kept=None)
    begin = verdict.Watch.look

    def keeping(self, t, W):
        extra.kept = W.copy() if extra.kept is None else extra.kept
        return begin(self, t, W)

    least = copies(run, spec())
    monkeypatch.setattr(verdict.Watch, "look", keeping)
    assert copies(run, spec()) > least + 0.5


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 1.0])
def test_a_kept_state_is_the_same_and_no_larger(share):
    rng = np.random.default_rng(5)
    W = np.where(rng.random((7, 5000)) < share, rng.normal(size=(7, 5000)), 0).astype("float32")
    for state in (W, np.asfortranarray(W)):
        kept = Kept(state)
        assert (kept.state() == W).all()
        assert kept.state().dtype == W.dtype
        assert kept.largest_change(W) == 0
        moved = W.copy()
        moved[3, 4321] += 0.25
        assert kept.largest_change(moved) == pytest.approx(0.25)
