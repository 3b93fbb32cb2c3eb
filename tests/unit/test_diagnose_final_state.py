"""The final-state score: its moves by brute force, its forest against scikit-learn, its words."""

import itertools

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

import polysem
from polysem import BadInput
from polysem._diagnose.benchmark.final_state import (
    DEPTH,
    SMALLEST,
    TREES,
    fit_trees,
    predicted,
    thresholds,
)
from polysem._diagnose.final_state import opinion
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.moves import StaticMoves, implied_loss
from polysem._diagnose.final_state.score import FinalStateScore, Tree, mean_of_trees, shipped
from polysem._network.problem import Problem


def encodings(rng, features=8, neurons=6):
    """One strong weight a feature, two features or more on neuron 0."""
    W = 0.1 * rng.normal(size=(features, neurons))
    home = np.r_[0, 0, rng.integers(neurons, size=features - 2)]
    W[np.arange(features), home] = rng.choice([-1, 1], features) * rng.uniform(0.8, 1.1, features)
    return W


def loss(W):
    return float(Problem(0.0).loss(np.asarray(W, dtype=np.float64)))


@pytest.mark.parametrize(("features", "neurons"), [([0, 1], 6), ([0, 1, 2], 6), ([0, 1, 2, 3], 2)])
@pytest.mark.parametrize("seed", range(4))
def test_costs_are_those_of_the_matrices_written_out(features, neurons, seed):
    W = encodings(np.random.default_rng(seed), neurons=neurons)
    W[[2, 3], 0] = 0.9
    costs = StaticMoves(W, W @ W.T).costs(0, np.array(features))
    masked, moved = [], []
    for keep in features[:2]:
        alone = W.copy()
        alone[:, 0] = 0
        alone[keep, 0] = W[keep, 0]
        masked.append(loss(alone))
        for leaving in [f for f in features if f != keep]:
            best = (np.inf, alone)
            for home, sign in itertools.product(range(1, neurons), (1, -1)):
                trial = alone.copy()
                trial[leaving, home] += sign * W[leaving, 0]
                best = min(best, (loss(trial), trial), key=lambda one: one[0])
            alone = best[1]
        moved.append(loss(alone))
    emptied = [loss(np.where(np.arange(neurons) == d, 0, W)) for d in range(1, neurons)]
    assert implied_loss(W @ W.T) == pytest.approx(loss(W))
    assert costs.mask_only == pytest.approx(min(masked) - loss(W))
    assert costs.relocation == pytest.approx(min(moved) - loss(W))
    assert costs.eviction == pytest.approx(min(emptied) - loss(W))


def test_inputs_do_not_depend_on_order_signs_or_scale(rng):
    W = encodings(rng)
    plain = measure_inputs(W)
    rows, columns = rng.permutation(8), rng.permutation(6)
    signs = rng.choice([-1, 1], 6)
    turned = measure_inputs(7 * (W * signs)[rows][:, columns])
    place = {int(columns[k]): j for j, k in enumerate(turned.neurons)}
    again = turned.values[[place[int(k)] for k in plain.neurons]]
    assert 0 in plain.neurons
    np.testing.assert_allclose(again, plain.values, atol=1e-8)


def test_inputs_of_a_layer_by_hand():
    W = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 0]])
    found = dict(zip(INPUTS, measure_inputs(W).values[0], strict=True))
    assert found["slack"] == 0  # three neurons, three live features
    assert found["free"] == pytest.approx(1 / 3)
    assert found["occupancy"] == 1
    assert found["overlap"] == -1
    assert found["relocation"] == found["eviction"] == 0
    assert found["mask_only"] == pytest.approx(np.log1p(1000))  # one feature lost
    assert measure_inputs(np.eye(3)).values.shape == (0, len(INPUTS))


def test_one_neuron_alone_has_no_home():
    found = dict(zip(INPUTS, measure_inputs(np.array([[1.0], [-1.0]])).values[0], strict=True))
    assert found["relocation"] == found["mask_only"] > 0


def labelled(rng, rows=150):
    values = rng.normal(size=(rows, len(INPUTS)))
    return values, values[:, 0] + values[:, 6] + rng.normal(size=rows) > 0


def test_the_forest_is_scikit_learns(rng):
    values, label = labelled(rng)
    theirs = RandomForestClassifier(
        TREES, max_depth=DEPTH, min_samples_leaf=SMALLEST, random_state=0
    ).fit(values, label)
    new = rng.normal(size=(60, len(INPUTS)))
    ours = mean_of_trees(fit_trees(values, label), new)
    np.testing.assert_allclose(ours, theirs.predict_proba(new)[:, 1], atol=2e-6)


def test_a_group_is_predicted_by_the_others(rng):
    values = np.zeros((40, len(INPUTS)))
    label, groups = np.repeat([True, False], 20), np.repeat(["a", "b"], 20)
    assert predicted(values, label, groups).tolist() == [0.0] * 20 + [1.0] * 20
    assert np.isnan(predicted(values, label, np.repeat("a", 40))).all()


def test_thresholds_leave_95_per_cent_right():
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
        "inputs": INPUTS, "trees": (tree,), "lowest": (0.0,) * 10, "highest": (1.0,) * 10,
        "low": 0.3, "high": 0.8, "neurons": 9, "networks": 3, "families": ("base",),
        "first_seed": 0, "version": "0",
    }  # fmt: skip
    return FinalStateScore.build(**values | changes)


def test_it_leans_abstains_and_says_when_it_is_outside():
    values = np.full((3, 10), 0.4)
    values[1, 0], values[2, 9] = 0.6, 1.1
    assert small().probability(values).tolist() == [0.9, 0.2, 0.9]
    said = ["leans removable", "leans necessary", "outside calibration range"]
    assert small().opinions(values) == said
    assert small(low=0, high=1).opinions(values)[:2] == ["undecided"] * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": INPUTS[::-1]}, "inputs must be shortage"),
        ({"lowest": (0.0,)}, "every input needs a range"),
        ({"trees": ()}, "at least 1 item"),
        (
            {"trees": ({"feature": (10, -1), "threshold": (0, 0), "left": (1, 0),
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
        opinion, "shipped", lambda: small(highest=(99.0,) * 10, lowest=(-9.0,) * 10)
    )
    found = polysem.diagnose(W, draws=10)
    row = found.to_dicts()[0]
    assert row["verdict"] == "cannot be told"
    assert row["probability"] in (0.2, 0.9)
    assert "final-state score" in row["evidence"]
    assert found.to_dicts()[1]["probability"] is None
    assert "1 leans" in " ".join(found.summary())
    monkeypatch.setattr(opinion, "shipped", lambda: small(highest=(0.0,) * 10))
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
