"""Kill a sweep and its workers at random moments, resume: the table is that of no kill at all.

The same at full size (50 kills and more) is benchmarks/sweep_kill.py.
"""

import sys

import pytest
from benchmarks import sweep_kill

import polysem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds workers by /proc")
KILLS = 3


def test_a_sweep_killed_at_random_moments_ends_with_the_same_bytes(tmp_path):
    grid = sweep_kill.grid_of(cells=18)
    untouched = polysem.sweep(grid, tmp_path / "untouched", workers=0)
    hits = sweep_kill.kill_over_and_over(tmp_path / "killed", grid, KILLS, seed=20_231_203)
    assert hits["sweep"] + hits["worker"] == KILLS
    assert hits["sweep"] >= 1
    assert sweep_kill.compare(tmp_path / "killed", untouched) == {
        "same_bytes": True,
        "nothing_failed": True,
        "nothing_damaged": True,
        "no_litter": True,
    }
