"""Kill a sweep and its workers at random moments, resume: the table is that of no kill at all.

The same at full size (50 kills and more) is benchmarks/sweep_kill.py.
"""

import sys
from pathlib import Path

import pytest

import polysem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds workers by /proc")
KILLS = 3


@pytest.fixture
def killing(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[2] / "benchmarks")
    import sweep_kill  # pyright: ignore[reportMissingImports]

    return sweep_kill


def test_a_sweep_killed_at_random_moments_ends_with_the_same_bytes(killing, tmp_path):
    grid = killing.grid_of(cells=18)
    untouched = polysem.sweep(grid, tmp_path / "untouched", workers=0)
    hits = killing.kill_over_and_over(tmp_path / "killed", grid, KILLS, seed=20_231_203)
    assert hits["sweep"] + hits["worker"] == KILLS
    assert hits["sweep"] >= 1
    assert killing.compare(tmp_path / "killed", untouched) == {
        "same_bytes": True,
        "nothing_failed": True,
        "nothing_damaged": True,
        "no_litter": True,
    }
