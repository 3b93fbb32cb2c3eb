"""Verdicts, probabilities, and the figures of the benchmark, against hand counts."""

import math

import numpy as np
import pytest
from scipy.stats import cauchy
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from polysem import BadInput
from polysem._diagnose.benchmark import shipped as shipped_module
from polysem._diagnose.benchmark.calibrate import (
    fit_curve,
    split_figures,
    unsettled_rows,
)
from polysem._diagnose.benchmark.figures import (
    ambiguous,
    auc,
    calibration_error,
    error_if_exact,
    figures,
    kappa,
    verdicts,
)
from polysem._diagnose.benchmark.run import chosen
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.removal import Removal
from polysem._diagnose.origin.verdict import Calibration, evidence, shipped, unsettled, verdict


def removal(cost, spread=0.0, error=0.0, jumped=0.0):
    each = (cost - spread, cost + spread)
    return Removal(
        3, (1, 2), (1.0, 0.9), cost, each[0] - 1.96 * error, each[1] + 1.96 * error, each, error,
        cost, "keep feature 1, drop the others", 1.0, jumped,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cost", "error", "said"),
    [
        (-0.5, 0, "removable"),
        (0.0159, 0, "removable"),
        (0.0161, 0, "undetermined"),
        (0.02, 0, "undetermined"),
        (0.0239, 0, "undetermined"),
        (0.0241, 0, "horizon-dependent"),
        (0.3, 0, "horizon-dependent"),
        (0.31, 0, "necessary"),
        (0.02, 0.05, "undetermined"),
        (0.31, 0.05, "undetermined"),
        (5.0, 0.05, "necessary"),
        (math.inf, 0, "undetermined"),
    ],
)
def test_three_classes_and_the_right_to_abstain(cost, error, said):
    assert verdict(removal(cost, error=error)) == said
    told = evidence(removal(cost, error=error, jumped=0.2), "h")
    assert "of a feature's worth above the sham" in told
    assert "over 2 retraining seeds" in told
    assert "20% of the shams ended in another optimum" in told


@pytest.mark.parametrize(
    ("cost", "spread", "said"),
    [
        (0.01, 0.005, "removable"),
        (0.01, 0.007, "undetermined"),  # 0.017 + the margin lies beyond ε
        (0.05, 0.02, "horizon-dependent"),
        (0.05, 0.03, "undetermined"),
        (0.4, 0.15, "horizon-dependent"),  # not every seed costs more than 0.3
        (0.4, 0.05, "necessary"),
    ],
)
def test_a_range_on_both_sides_of_epsilon_decides_nothing(cost, spread, said):
    assert verdict(removal(cost, spread)) == said


def test_seeds_or_shams_that_differ_leave_a_neuron_unsettled():
    assert not unsettled(removal(0.5, 0.009))
    assert unsettled(removal(0.5, 0.011))
    assert unsettled(removal(0.5, 0.0, jumped=1 / 15))
    assert unsettled(removal(math.inf, 0.0))
    columns = table() | {"jumped": np.r_[np.zeros(7), 0.1]}
    columns["score_low"] = columns["score"]
    columns["score_high"] = columns["score"] + np.r_[0.03, np.zeros(7)]
    assert unsettled_rows(columns).tolist() == [True] + [False] * 6 + [True]


def calibration(**changes):
    settings = {
        "intercept": 2, "slope": -1, "lapse": 0.1, "lowest": -1, "highest": 7, "neurons": 9,
        "networks": 3, "families": ("base",), "first_seed": 0, "networks_per_cell": 3, "steps": 100,
        "size": "small", "version": "0",
    }  # fmt: skip
    return Calibration.build(**settings | changes)


def test_probability_is_a_curve_of_the_squashed_cost():
    made = calibration()
    assert squashed(0) == 0
    assert squashed(-1e-3) == pytest.approx(-math.log(2))
    assert made.probability(1e-3) == pytest.approx(cauchy.cdf(2 - math.log(2)))
    assert made.probability(1e9) == made.probability(math.expm1(7) * 1e-3)
    assert math.isnan(made.probability(math.inf))
    assert made.probability(1e9, unsettled=True) == pytest.approx(0.1 + 0.8 * made.probability(1e9))
    assert made.covers(0.1, 100)
    assert not made.covers(0.1, 400)
    assert not made.covers(1e3, 100)


def test_the_shipped_calibration_falls_with_cost():
    made = shipped()
    assert made is not None
    p = [made.probability(cost) for cost in (-0.01, 0.001, 0.02, 0.3, 1.0)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 0.8
    assert p[-1] < 0.1


def test_figures_against_scikit_learn(rng):
    score = np.round(rng.normal(size=80), 1)
    label = score + rng.normal(size=80) < 0
    assert auc(score, label) == pytest.approx(roc_auc_score(label, -score))
    assert auc(score, np.ones(80, dtype=bool)) is None
    other = rng.random(80) < 0.5
    assert kappa(label, other) == pytest.approx(cohen_kappa_score(label, other))


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_is_the_one_that_drew_the_labels(seed):
    """Within 4 standard errors of the most likely one, of either parameter."""
    rng = np.random.default_rng(seed)
    s = squashed(0.02) + rng.normal(size=20_000)
    costs = np.sign(s) * np.expm1(np.abs(s)) * 1e-3
    z = 1.0 - 12 * (s - squashed(0.02))
    label = rng.random(len(s)) < cauchy.cdf(z)
    found = fit_curve(costs, label, np.zeros(len(s), dtype=bool))
    steps = np.stack([np.ones(len(s)), s - squashed(0.02)])
    p = cauchy.cdf(z)
    information = (steps * (cauchy.pdf(z) ** 2 / (p * (1 - p)))) @ steps.T
    errors = np.sqrt(np.diagonal(np.linalg.inv(information)))
    at_epsilon = found.intercept + found.slope * squashed(0.02)
    assert at_epsilon == pytest.approx(1.0, abs=4 * errors[0])
    assert found.slope == pytest.approx(-12, abs=4 * errors[1])
    assert errors[1] < 1
    wanted = cauchy.cdf(found.intercept + found.slope * s)
    np.testing.assert_allclose(found.predict(costs, np.zeros(len(s), dtype=bool)), wanted)


def test_the_lapse_is_the_share_of_unsettled_neurons_that_turn_out_otherwise():
    """Of 3,000 unsettled ones far from ε on either side, one in eight has the other label."""
    costs = np.tile([0.0, 0.5], 2000)
    label, unsettled_ = costs < 0.1, np.arange(4000) < 3000
    label[unsettled_ & (np.arange(4000) % 16 < 2)] ^= True
    found = fit_curve(costs, label, unsettled_)
    p, sure = found.predict(costs, unsettled_), found.predict(costs, ~unsettled_)
    told = np.where(costs < 0.1, p, 1 - p)[unsettled_].mean()
    assert told == pytest.approx(7 / 8, abs=1e-3)
    never = np.where(costs < 0.1, 1 - sure, sure)[unsettled_].mean()  # the curve is not quite sure
    assert found.lapse == pytest.approx((1 / 8 - never) / (1 - 2 * never), abs=1e-3)
    assert never < 0.005
    assert p[-2] > 0.99
    assert fit_curve(costs, label, np.zeros(4000, dtype=bool)).lapse == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_a_few_unsettled_neurons_among_many_have_a_lapse_of_their_own(seed):
    """60 of 1,600, a quarter of which turn out otherwise: the lapse is found within 4 errors."""
    rng = np.random.default_rng(seed)
    dear = np.exp(rng.uniform(np.log(0.03), np.log(4), 1600))
    costs = np.where(rng.random(1600) < 0.7, 0.002 * rng.normal(size=1600), dear)
    unsettled_ = np.arange(1600) < 60
    label = (costs < 0.02) ^ (unsettled_ & (rng.random(1600) < 0.25))
    share = float(((costs < 0.02) != label)[unsettled_].mean())
    assert fit_curve(costs, label, unsettled_).lapse == pytest.approx(share, abs=0.02)


def test_calibration_error_by_hand():
    p = np.array([0.05, 0.05, 0.95, 0.95])
    label = np.array([False, True, True, True])
    assert calibration_error(p, label) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) is None


def test_error_of_exact_probabilities():
    """One bin at ½: the mean of |share − ½| over draws of n labels is near 1/√(2πn)."""
    n = 400
    found = error_if_exact(np.full(n, 0.5))
    assert found is not None
    mean, low, high = found
    assert mean == pytest.approx(1 / np.sqrt(2 * np.pi * n), abs=0.002)  # 4 standard errors
    assert low < mean / 3 < 2 * mean < high
    assert error_if_exact(np.ones(5)) == [0, 0, 0]
    assert error_if_exact(np.array([])) is None


def table():
    return {
        "family": np.array(["a"] * 4 + ["b"] * 4),
        "cell": np.array(["a1"] * 4 + ["b1"] * 4),
        "seed": np.array([0, 1] * 4),
        "score": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "score_low": np.array([0.0, 0.0, 0.5, 0.2, 0.0, 0.1, 0.0, 0.0]),
        "score_high": np.array([0.0, 0.019, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "jumped": np.zeros(8),
        "static": np.array([0.0, 0.1, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "truth": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]),
        "again": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "long": np.array([0.0, 0.06, 0.5, 0.04, 0.0, 0.0, 0.0, 0.0]),
        "score_falls": np.ones(8),
        "truth_falls": np.ones(8),
    }


def test_figures_of_a_small_table_by_hand():
    found = figures(table())
    assert ambiguous(table()).tolist() == [True] * 4 + [False] * 4
    assert found["auc"] == 1
    assert found["removable_share"] == 0.75
    said = ["removable", "undetermined", "necessary", "horizon-dependent"]
    said += ["removable", "horizon-dependent", "removable", "removable"]
    assert verdicts(table()).tolist() == said
    assert found["kappa_of_truth"] == pytest.approx((7 / 8 - 9 / 16) / (1 - 9 / 16))
    assert found["kappa_of_truth_ambiguous"] == 1
    assert found["decides"] == 7 / 8
    assert found["right_where_it_decides"] == 6 / 7  # one of family b costs 0.1, its truth 0
    assert found["says_horizon_dependent"] == 2 / 8
    assert found["removable_stays_cheap"] == 1
    assert found["necessary_stays_costly"] == 1
    assert figures(table() | {"long": np.full(8, 0.06)})["removable_stays_cheap"] == 0
    split = split_figures(table())
    assert split["families"]["b"] == {"neurons": 4, "removable_share": 1.0, "auc": None}
    assert split["worst_family_auc"] == 1
    for name in ("new_networks", "left_out_family"):
        assert 0 <= split[name]["ece"] <= 1
        assert 0 <= split[name]["auc_probability"] <= 1


def test_what_ships_is_judged_on_other_networks_only(monkeypatch):
    made = calibration(first_seed=7, networks_per_cell=2)
    monkeypatch.setattr(shipped_module, "shipped_calibration", lambda: made)
    monkeypatch.setattr(shipped_module, "score_figures", lambda score, *rows: {"auc": 0.5})
    values = np.zeros((8, 3))
    cases = (([20, 30], False), ([20, 8], True), ([7, 30], True))
    cases += (([3, 30], True), ([100_001, 30], True))  # of the final-state score's slope and trees
    for seeds, seen in cases:
        rows = (table() | {"seed": np.array(seeds * 4)}, values)
        assert (shipped_module.shipped_figures(rows, None) is None) == seen
    rows = (table() | {"seed": np.full(8, 9)}, values)
    found = shipped_module.shipped_figures(rows, (table(), values))
    assert found is not None
    p = np.array([made.probability(cost, open_) for cost, open_ in zip(
        table()["score"].tolist(), unsettled_rows(table()).tolist(), strict=True)])  # fmt: skip
    wanted = calibration_error(p, table()["truth"] <= 0.02)
    assert found["same_families"]["live"]["ece"] == pytest.approx(wanted)
    assert found["fresh_families"]["live"]["decides"] == 7 / 8
    monkeypatch.setattr(shipped_module, "shipped_calibration", lambda: None)
    assert shipped_module.shipped_figures((table(), values), None) is None


def test_families_by_name():
    assert len(chosen(None)) >= 10
    assert [family.name for family in chosen(["noise", "base"])] == ["noise", "base"]
    with pytest.raises(BadInput, match="Unknown family 'bas'; did you mean 'base'"):
        chosen(["bas"])
