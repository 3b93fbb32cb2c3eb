"""Verdicts, probabilities, and the figures of the benchmark, against hand counts."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from polysem import BadInput
from polysem._diagnose.benchmark.calibrate import fit_logit, predict, split_figures
from polysem._diagnose.benchmark.figures import ambiguous, auc, calibration_error, figures, kappa
from polysem._diagnose.benchmark.run import chosen
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.removal import Removal
from polysem._diagnose.origin.verdict import Calibration, evidence, shipped, verdict


def removal(cost, spread=0.0, error=0.0):
    each = (cost - spread, cost + spread)
    return Removal(
        3, (1, 2), (1.0, 0.9), cost, each[0] - 1.96 * error, each[1] + 1.96 * error, each, error,
        cost, "keep feature 1, drop the others", 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cost", "error", "said"),
    [
        (-0.5, 0, "removable"),
        (0.02, 0, "removable"),
        (0.021, 0, "horizon-dependent"),
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
    assert "of a feature's worth above the sham" in evidence(removal(cost, error=error), 2, "h")


def test_probability_is_the_logit_of_the_squashed_cost():
    made = Calibration(
        intercept=2, slope=-1, lowest=-1, highest=7, neurons=9, networks=3, families=("base",),
        first_seed=0, steps=100, size="small", version="0",
    )  # fmt: skip
    assert squashed(0) == 0
    assert squashed(-1e-3) == pytest.approx(-math.log(2))
    assert made.probability(1e-3) == pytest.approx(1 / (1 + math.exp(-(2 - math.log(2)))))
    assert made.probability(1e9) == made.probability(math.expm1(7) * 1e-3)
    assert math.isnan(made.probability(math.inf))
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
    costs = np.sign(score) * np.expm1(np.abs(score)) * 1e-3
    fitted = LogisticRegression(C=50).fit(score[:, None], label)
    found = fit_logit(costs, label)
    assert found[1] == pytest.approx(fitted.coef_[0, 0], rel=0.02)
    assert predict(found, costs) == pytest.approx(
        fitted.predict_proba(score[:, None])[:, 1], abs=0.02
    )


def test_calibration_error_by_hand():
    p = np.array([0.05, 0.05, 0.95, 0.95])
    label = np.array([False, True, True, True])
    assert calibration_error(p, label) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) is None


def table():
    return {
        "family": np.array(["a"] * 4 + ["b"] * 4),
        "cell": np.array(["a1"] * 4 + ["b1"] * 4),
        "seed": np.array([0, 1] * 4),
        "score": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "static": np.array([0.0, 0.1, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "truth": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]),
        "truth_a": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]),
        "truth_b": np.array([0.0, 0.0, 0.5, 0.5, 0.0, 0.1, 0.0, 0.0]),
        "long": np.array([0.0, 0.06, 0.5, 0.04, 0.0, 0.0, 0.0, 0.0]),
        "score_falls": np.ones(8),
        "truth_falls": np.ones(8),
    }


def test_figures_of_a_small_table_by_hand():
    found = figures(table())
    assert ambiguous(table()).tolist() == [True] * 4 + [False] * 4
    assert found["auc"] == 1
    assert found["removable_share"] == 0.75
    assert found["decides"] == 7 / 8
    assert found["right_where_it_decides"] == 1
    assert found["removable_stays_cheap"] == 4 / 5
    assert found["necessary_stays_costly"] == 1 / 2
    split = split_figures(table())
    assert split["families"]["b"] == {"neurons": 4, "removable_share": 1.0, "auc": None}
    assert split["worst_family_auc"] == 1
    assert 0 <= split["ece_new_networks"] <= 1


def test_families_by_name():
    assert len(chosen(None)) >= 10
    assert [family.name for family in chosen(["noise", "base"])] == ["noise", "base"]
    with pytest.raises(BadInput, match="Unknown family 'bas'; did you mean 'base'"):
        chosen(["bas"])
