"""Paired effects: intervals, exclusions by rule, the front, and what is measured."""

import numpy as np
import pytest
from scipy import stats

import polysem
from polysem._plots.pareto import front
from polysem._repair.judge.arm import Arm, exclusion
from polysem._repair.judge.comparison import Comparison
from polysem._repair.judge.further import nudged
from polysem._repair.judge.measures import MEASURES, measured
from polysem._repair.judge.paired import paired


def test_the_interval_is_that_of_the_paired_t_test(rng):
    one, other = rng.normal(size=(2, 9))
    found = paired(one, other, 0.9)
    wanted = stats.ttest_rel(one, other).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert found.value == pytest.approx((one - other).mean())
    assert found.size == 9


def test_unknown_pairs_are_left_out_and_four_say_nothing():
    some = [1.0, 2.0, 4.0, 3.0, 7.0, np.nan]
    assert paired(some, [0.0] * 6).size == 5
    assert not paired(some[:4], [0.0] * 4).known


def test_counts_without_spread_are_not_known_to_have_none():
    assert paired([3] * 8, [1] * 8, whole=True).low < 2 < paired([3] * 8, [1] * 8, whole=True).high
    flat = paired([0.5] * 8, [0.25] * 8)
    assert (flat.low, flat.value, flat.high) == (0.25, 0.25, 0.25)


def test_the_front_is_what_nobody_beats():
    points = [(0, 3), (1, 1), (2, 1), (3, 0), (1, 1), (3, 3)]
    assert front(points) == {0, 1, 3, 4}


def pair_matrix():
    """Features 0 and 1 share neuron 0 with opposite signs; 2 is alone; neuron 2 is empty."""
    return np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 0.5, 0]])


def test_measures_of_a_network_by_hand():
    problem = polysem.simulate(n=3, m=3, l1=0.1, t_max=0.01).spec.network.problem
    found = measured(pair_matrix(), problem)
    assert set(found) == set(MEASURES)
    assert found["polysemantic"] == found["opposite_sign"] == 1
    assert found["same_sign"] == found["dead_features"] == 0
    assert found["reconstruction"] == pytest.approx((0.25 - 1) ** 2)
    assert found["loss"] == pytest.approx((0.25 - 1) ** 2 + 0.1 * 2.5)
    assert found["monosemantic_share"] == 0.5
    assert found["mixed_score"] == pytest.approx(0.5)  # an even pair and a pure neuron
    assert found["capacity"] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert found["effective_neurons"] == 1
    # on together: 0 and 1 cancel (error 2); 0 or 1 with 2: 2 is short by 0.75 (and it is hidden)
    assert found["loss_in_pairs"] == pytest.approx(np.mean([2, 0.75**2, 0.75**2]) * 3 / 2)


def test_what_is_not_finite_is_not_measured():
    problem = polysem.simulate(n=2, m=2, l1=0.1, t_max=0.01).spec.network.problem
    found = measured(np.array([[np.inf, 0], [0, 1]]), problem)
    assert all(value is None for value in found.values())


def test_every_seed_gets_the_same_small_nudge_whatever_else_is_there():
    W = np.zeros((2, 3, 400), np.float32)
    both, alone = nudged(W, (5, 6)), nudged(W[1:], (6,))
    assert np.array_equal(both[1], alone[0])
    assert not np.array_equal(both[0], both[1])
    assert both.std() == pytest.approx(0.01 / 20, rel=0.1)
    assert both.dtype == np.float32


@pytest.fixture(scope="module")
def run():
    return polysem.simulate(n=6, m=12, l1=0.1, seeds=7)


def with_end(run, end, outcome=None, seed=None):
    from dataclasses import replace

    solves = [
        {**s, "outcome": outcome} if outcome and number == seed else s
        for number, s in zip(run.seeds, run.solves, strict=True)
    ]
    return replace(run, end=end, solves=tuple(solves))


def test_a_seed_counts_only_where_both_sides_converged(run):
    broken = with_end(run, run.end.copy(), "time_limit", 3)
    result = Comparison((Arm("plain", "", run), Arm("other", "", broken)))
    rows = {row["measure"]: row for row in result.effects.to_dicts()}
    assert rows["polysemantic"]["pairs"] == 6
    (out,) = result.excluded
    assert (out["method"], out["seed"]) == ("other", 3)
    assert "time_limit" in out["why"]
    assert "seeds 3" in repr(result)
    assert result.failures == []


def test_a_known_difference_is_found_against_plain_and_against_the_sham(run):
    shared = run.end.copy()
    shared[:] = 0
    for seed in range(7):  # 0 and 1 on one neuron, the others alone
        shared[seed, range(6), [0, 0, 1, 2, 3, 4]] = [0.9, -0.9, 0.9, 0.9, 0.9, 0.9]
    arms = (
        Arm("plain", "", run),
        Arm("shared", "", with_end(run, shared), sham="sham"),
        Arm("sham", "", run),
    )
    rows = Comparison(arms).effects.to_dicts()
    base = np.array([row["polysemantic"] for row in run.census.to_dicts()])
    for against in ("plain", "sham"):
        (row,) = [
            r
            for r in rows
            if (r["method"], r["against"], r["measure"]) == ("shared", against, "polysemantic")
        ]
        assert row["effect"] == pytest.approx(1 - base.mean())
        assert row["mean"] == 1
        assert row["mean_against"] == pytest.approx(base.mean())


def test_lost_weights_and_unfinished_trainings_are_excluded_with_the_reason():
    trained = polysem.train(n=4, m=8, seeds=1, steps=5, device="cpu")
    (row,) = trained.census.to_dicts()
    assert "not converged" in str(exclusion(trained, row, "steps_done"))
    assert "interrupted" in str(exclusion(trained, row | {"converged": True}, "interrupted"))
    assert exclusion(trained, row | {"converged": True}, "steps_done") is None
    assert "finite" in str(exclusion(trained, row | {"countable": False}, "diverged"))
