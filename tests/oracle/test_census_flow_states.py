"""The census of states whose story is known: the gradient flow's own end states."""

from __future__ import annotations

import numpy as np
import pytest

from polysem._census import take_census
from polysem._flow import statistics
from polysem._network import Problem, smooth_force

L1 = 0.05


def flow_end(W, l1, dt=0.05, time=400.0):
    """Plain proximal Euler in float64, written out here: an end state that nobody else made."""
    for _ in range(int(time / dt)):
        moved = W + dt * smooth_force(W)
        W = np.sign(moved) * np.maximum(np.abs(moved) - l1 * dt, 0)
    return W


@pytest.fixture(scope="module")
def flow():
    start = np.random.default_rng(3).standard_normal((6, 12, 24)) / np.sqrt(24)
    return start, flow_end(start, L1)


def test_converged_flow_has_opposite_signs_only(flow):
    start, end = flow
    census = take_census(end, start, scale=1.0, l1=L1)
    assert census.converged
    assert census.warnings == ()
    assert census.total("polysemantic") > 3
    assert census.total("same_sign") == 0
    assert census.total("dead_features") == 0
    assert set(census.polysemantic_neurons["sign"].tolist()) == {"opposite"}


def test_unfinished_flow_is_called_unfinished(flow):
    start, _ = flow
    partial = flow_end(start, L1, time=20.0)
    census = take_census(partial, start, scale=1.0)
    assert not census.converged
    assert census.total("unsettled_features") > 0
    assert "NOT CONVERGED" in census.warnings[0]
    assert "same-sign polysemantic neurons are seen in unconverged states" in str(census)


@pytest.mark.parametrize(("sign", "fate"), [(-1, "both_stay"), (1, "larger_stays")])
def test_planted_collision_keeps_benign_and_dissolves_malign(sign, fate):
    # n = 2 features whose largest start weights lie on neuron 0 (measured: PHYSICS of the model).
    start = np.random.default_rng(0).uniform(-0.05, 0.05, (2, 8))
    start[:, 0] = 0.6, sign * 0.5
    start[1, 3] = 0.2
    census = take_census(flow_end(start, L1), start, scale=1.0)
    assert census.collisions is not None
    (collision,) = census.collisions.to_dicts()
    assert census.converged
    assert collision["sign"] == {-1: "opposite", 1: "same"}[sign]
    assert collision["fate"] == fate
    assert (collision["larger"], collision["smaller"]) == (0, 1)
    moved = ("stayed", None) if sign < 0 else ("moved", 2)
    assert (collision["smaller_end"], collision["smaller_rank"]) == moved


def test_sparsity_columns_equal_the_recorded_statistics(flow):
    start, end = flow
    middle = flow_end(start, L1, time=5.0)
    for state in (start, middle, end):
        rows = take_census(state, scale=1.0).to_dicts()
        for W, row in zip(state, rows, strict=True):
            for name in ("l1_norm", "m_prime", "norm", "fourth_norm", "relative_variance"):
                value = float(statistics.STATISTICS[name](W, Problem(L1)).mean())
                assert row[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name
            overlap = float(statistics.max_overlap(W))
            assert row["max_overlap"] == pytest.approx(overlap, rel=1e-12)
