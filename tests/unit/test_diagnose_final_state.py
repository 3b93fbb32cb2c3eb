"""The final-state score: its forest against scikit-learn, its slope, its words."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from tests.unit.test_diagnose_final_state_inputs import encodings

import polysem
from polysem import BadInput
from polysem._diagnose.benchmark.families import FAMILIES
from polysem._diagnose.benchmark.family import train_cell
from polysem._diagnose.benchmark.final_state import (
    SMALLEST,
    TREES,
    Fit,
    alone_values,
    fit_trees,
    input_values,
    make_score,
    predicted_by,
    rebuilt,
    thresholds,
)
from polysem._diagnose.benchmark.final_state_figures import auc_interval, final_state_figures
from polysem._diagnose.benchmark.slope import fit_slope, told_by_others, with_fitted_slope
from polysem._diagnose.benchmark.truth import Labelled, label_cell
from polysem._diagnose.final_state import opinion
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.score import (
    FinalStateScore,
    Tree,
    mean_of_trees,
    sharpened,
    shipped,
)
from polysem._diagnose.final_state.whole import WholeNetwork
from polysem._diagnose.origin.network import encoding, stacked
from polysem._diagnose.origin.removal import occupants

MANY = len(INPUTS)


def labelled(rng, rows=150):
    values = rng.normal(size=(rows, len(INPUTS)))
    return values, values[:, 0] + values[:, 6] + rng.normal(size=rows) > 0


def test_the_forest_is_scikit_learns(rng):
    values, label = labelled(rng)
    theirs = RandomForestClassifier(TREES, min_samples_leaf=SMALLEST, random_state=0).fit(
        values, label
    )
    new = rng.normal(size=(60, len(INPUTS)))
    ours = mean_of_trees(fit_trees(values, label), new)
    np.testing.assert_allclose(ours, theirs.predict_proba(new)[:, 1], atol=2e-6)


def test_sharpening_multiplies_the_logit():
    p = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    by_hand = 1 / (1 + np.exp(-1.5 * np.log(p[1:4] / (1 - p[1:4]))))
    np.testing.assert_allclose(sharpened(p, 1.5)[1:4], by_hand)
    np.testing.assert_allclose(sharpened(p, 1)[[0, 4]], [0.001, 0.999])


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_the_slope_is_the_one_that_drew_the_labels(slope):
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.8, 100_000)
    q = sharpened(p, slope)
    z = np.log(p / (1 - p))
    error = (q * (1 - q) * z**2).sum() ** -0.5  # of the most likely slope
    assert fit_slope(p, rng.random(len(p)) < q) == pytest.approx(slope, abs=4 * error)
    assert error < 0.02
    assert fit_slope(p, p > 2) == 1  # one label tells of no slope


def test_a_group_is_sharpened_by_the_others(rng):
    p, groups = rng.random(400), np.resize([0, 1], 400)
    label = rng.random(400) < np.where(groups, sharpened(p, 3), sharpened(p, 0.5))
    found = told_by_others(p, label, groups)
    for one in (0, 1):
        slope = fit_slope(p[groups != one], label[groups != one])
        np.testing.assert_array_equal(found[groups == one], sharpened(p[groups == one], slope))
    assert np.abs(found - 0.5)[groups == 0].mean() > np.abs(found - 0.5)[groups == 1].mean()
    np.testing.assert_allclose(told_by_others(p, label, np.zeros(400)), sharpened(p, 1))


def test_a_new_slope_decides_the_same_neurons(rng):
    values = np.full((500, MANY), 0.4)
    values[::2, 0] = 0.6
    label = rng.random(500) < np.where(values[:, 0] > 0.5, 0.03, 0.98)  # surer than 0.2 and 0.9
    table = {"truth": np.where(label, 0.0, 1.0), "seed": np.resize([7, 8], 500)}
    found = with_fitted_slope(small(), table, values, 2)
    assert found.slope > 1.5
    assert found.slope == fit_slope(mean_of_trees(found.trees, values), label)
    assert (found.slope_first_seed, found.slope_networks_per_cell) == (7, 2)
    assert found.slope_neurons == 500
    assert found.low < 0.3 < 0.8 < found.high
    assert found.opinions(values[:2]) == small().opinions(values[:2])
    again = with_fitted_slope(found, table, values, 2)
    assert again.slope == found.slope
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=1e-4)
    never = with_fitted_slope(small(low=0, high=1), table, values, 2)
    assert (never.low, never.high) == (0, 1)


def rows_of(family, label):
    count = len(label)
    cost = np.where(label, 0.0, 1.0)
    return {
        "family": family, "cell": family, "seed": np.arange(count) % 4, "neuron": np.arange(count),
        "score": cost, "truth": cost,
    }  # fmt: skip


def test_a_family_is_predicted_by_the_others():
    label, family = np.repeat([True, False], 20), np.repeat(["a", "b"], 20)
    zeros = np.zeros((40, len(INPUTS)))
    fit = Fit(rows_of(family, label), zeros, zeros, label, 4)
    forests = fit.without_each_family()
    found = predicted_by(forests, np.array(["b", "a", "c"]), np.zeros((3, len(INPUTS))))
    np.testing.assert_array_equal(found, [1, 0, np.nan])
    alone = Fit(rows_of(np.repeat("a", 40), label), zeros, zeros, label, 4)
    assert alone.without_each_family() == {}


def test_the_fit_and_its_figures_are_of_different_rows(rng):
    """The score learns the live test's labels, and is judged by the truth of other rows."""
    values, label = labelled(rng, 300)
    family = np.resize(["a", "b", "c"], 300)
    fit = Fit(rows_of(family, label), values, values, label, 4)
    forests = fit.without_each_family()
    score = make_score(fit, forests)
    assert (score.neurons, score.networks, score.networks_per_cell) == (300, 12, 4)
    rows = rows_of(family[:90], ~label[:90]) | {"score": fit.table["score"][:90]}
    blind = np.zeros_like(values[:90])
    found = final_state_figures(score, forests, (rows, values[:90]), None, blind)
    alike = found["encodings_alone"]["new_networks"]["auc"]  # but for the slopes of two halves
    assert alike == pytest.approx(0.5, abs=0.05)
    assert found["encodings_alone"]["left_out_family"]["auc"] != found["left_out_family"]["auc"]
    assert (found["fitted_on"], found["neurons"]) == (300, 90)
    assert found["new_networks"]["auc"] < 0.2  # the truth of these rows is the opposite
    assert found["left_out_family"]["auc"] < 0.3
    low, high = found["new_networks"]["auc_interval"]
    assert low < found["new_networks"]["auc"] < high


def test_an_interval_is_wider_for_fewer_networks(rng):
    p, label = rng.random(200), rng.random(200) < 0.5
    many = auc_interval(p, label, np.arange(200))
    few = auc_interval(np.tile(p[:20], 10), np.tile(label[:20], 10), np.tile(np.arange(20), 10))
    assert many is not None
    assert few is not None
    assert few[1] - few[0] > 2 * (many[1] - many[0])
    assert auc_interval(p, np.ones(200, dtype=bool), np.arange(200)) is None


def test_the_trees_learn_both_what_is_known_of_a_row_and_its_encodings_alone(rng):
    values, label = labelled(rng)
    alone = values.copy()
    alone[:50] += 10  # the first 50 are known whole, and look otherwise without
    fit = Fit(rows_of(np.resize(["a", "b"], 150), label), values, alone, label, 4)
    half = np.arange(150) % 2 == 0
    both = np.concatenate([values[half], alone[:50][half[:50]]])
    assert fit.grow(half) == fit_trees(both, np.concatenate([label[half], label[:50][half[:50]]]))
    score = make_score(fit, {})
    assert score.neurons == 150
    assert score.highest[0] == pytest.approx(alone[:, 0].max())
    assert score.lowest[0] == pytest.approx(values[:, 0].min())


def trained_cell(name, place):
    """A cell of a family with its two networks, all their neurons as rows."""
    family = next(family for family in FAMILIES if family.name == name)

    def rows(network, facts):
        return [facts | {"neuron": k} for k in occupants(network)]

    cell, seeds = family.cells[place], range(2)
    return label_cell(family, cell, seeds, rows), train_cell(family, cell, seeds)


def test_inputs_come_from_the_row_s_own_network(rng):
    one, other = encodings(rng), encodings(rng)
    found, networks = trained_cell("absolute", 0)
    rows = [{"family": "x", "cell": "x", "seed": s, "neuron": 0} for s in (1, 2)]
    found.add(Labelled(rows, {"x 1": one.tolist(), "x 2": other.tolist()}))
    values = input_values(found)
    alone = alone_values(found, values)
    for row, matrix in zip(values[-2:], (one, other), strict=True):
        inputs = measure_inputs(matrix.astype(np.float32))
        np.testing.assert_array_equal(row, inputs.values[inputs.neurons == 0][0])
    place = 0
    for network in networks:
        W = encoding(network, network.parameters()).numpy()
        known, single = measure_inputs(W, WholeNetwork(network)), measure_inputs(W)
        assert len(known.neurons)
        for j, k in enumerate(known.neurons):
            assert found.rows[place]["neuron"] == k
            np.testing.assert_allclose(values[place], known.values[j], rtol=1e-6)
            np.testing.assert_allclose(alone[place], single.values[j], rtol=1e-6)
            place += 1
    assert place == len(values) - 2
    assert (values[:-2] != alone[:-2]).any(1).all()
    np.testing.assert_array_equal(values[-2:], alone[-2:])


@pytest.mark.parametrize("name", ["untied", "two_hidden_first", "two_hidden_second", "absolute"])
def test_a_cell_keeps_the_whole_of_networks_that_are_more_than_encodings(name):
    found, networks = trained_cell(name, 0)
    for (kept, weights), network in zip(found.weights.items(), networks, strict=True):
        again, p = rebuilt(kept, weights), stacked(network.parameters(), 1)
        torch.testing.assert_close(again.losses(stacked(again.weights, 1)), network.losses(p))
        assert again.wires == network.wires
    assert not trained_cell("base", 0)[0].weights


def test_thresholds_leave_96_per_cent_right():
    p = np.r_[np.full(20, 0.9), np.full(20, 0.7), np.full(20, 0.3), np.full(20, 0.1)]
    label = np.r_[np.ones(20), np.ones(10), np.zeros(10), np.ones(10), np.zeros(30)].astype(bool)
    low, high = thresholds(p, label)
    assert 0.1 < low <= 0.3
    assert high == pytest.approx(0.7)
    assert thresholds(p, label[::-1]) == (0, 1)  # nothing is right: never decides


def small(**changes):
    tree = Tree(feature=(0, -1, -1), threshold=(0.5, 0, 0), left=(1, 0, 0), right=(2, 0, 0),
                value=(0.5, 0.9, 0.2))  # fmt: skip
    values = {
        "inputs": INPUTS, "trees": (tree,), "lowest": (0.0,) * MANY, "highest": (1.0,) * MANY,
        "low": 0.3, "high": 0.8, "neurons": 9, "networks": 3, "families": ("base",),
        "first_seed": 0, "networks_per_cell": 1, "version": "0",
    }  # fmt: skip
    return FinalStateScore.build(**values | changes)


def test_it_leans_abstains_and_says_when_it_is_outside():
    values = np.full((3, MANY), 0.4)
    values[1, 0], values[2, 9] = 0.6, 1.1
    assert small().probability(values) == pytest.approx([0.9, 0.2, 0.9])
    assert small(slope=2).probability(values) == pytest.approx([81 / 82, 1 / 17, 81 / 82])
    said = ["leans removable", "leans necessary", "outside calibration range"]
    assert small().opinions(values) == said
    assert small(low=0, high=1).opinions(values)[:2] == ["undecided"] * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": INPUTS[::-1]}, "inputs must be shortage"),
        ({"lowest": (0.0,)}, "every input needs a range"),
        ({"trees": ()}, "at least 1 item"),
        ({"slope": 0}, "greater than 0"),
        (
            {"trees": ({"feature": (MANY, -1), "threshold": (0, 0), "left": (1, 0),
                        "right": (1, 0), "value": (0, 0)},)},
            "an input that there is not",
        ),
        (
            {"trees": ({"feature": (0,), "threshold": (0,), "left": (0,), "right": (0,),
                        "value": (0,)},)},
            "children must come after",
        ),
    ],
)  # fmt: skip
def test_a_damaged_score_is_refused(change, said):
    with pytest.raises(BadInput, match=said):
        small(**change)


def test_diagnosis_of_weights_shows_it_without_a_verdict(monkeypatch):
    W = np.zeros((3, 3))
    W[[0, 1, 2], [0, 0, 1]] = 1, -1, 1
    monkeypatch.setattr(
        opinion, "shipped", lambda: small(highest=(99.0,) * MANY, lowest=(-9.0,) * MANY)
    )
    found = polysem.diagnose(W, draws=10)
    row = found.to_dicts()[0]
    assert row["verdict"] == "cannot be told"
    assert min(abs(row["probability"] - p) for p in (0.2, 0.9)) < 1e-9
    assert "final-state score" in row["evidence"]
    assert found.to_dicts()[1]["probability"] is None
    assert "1 leans" in " ".join(found.summary())
    monkeypatch.setattr(opinion, "shipped", lambda: small(highest=(0.0,) * MANY))
    row = polysem.diagnose(W, draws=10).to_dicts()[0]
    assert row["probability"] is None
    assert row["evidence"].endswith("outside calibration range")


def test_the_shipped_score_knows_plain_cases():
    """Twelve features: on 24 neurons most stand alone; on 6 neurons all must be shared."""
    score = shipped()
    assert score is not None
    roomy, tight = np.zeros((12, 24)), np.zeros((12, 6))
    roomy[np.arange(12), np.r_[0, np.arange(11)]] = np.r_[-1, np.ones(11)]
    tight[np.arange(12), np.arange(12) // 2] = np.tile([1, -1], 6)
    assert score.probability(measure_inputs(roomy).values)[0] > 0.8
    assert (score.probability(measure_inputs(tight).values) < 0.2).all()
