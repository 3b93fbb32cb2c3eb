"""What the final-state score is told of encodings alone: the tied network by brute force."""

import itertools

import numpy as np
import pytest

from polysem._diagnose.final_state.implied import implied_loss
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.tied import TiedNetwork
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
    costs = TiedNetwork(W, W @ W.T).costs(0, np.array(features))
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
    assert implied_loss(W @ W.T) == TiedNetwork(W, W @ W.T).loss == pytest.approx(loss(W))
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
    assert found["implied"] == pytest.approx(1 / 4)  # the dead feature's whole worth
    assert found["interference"] == found["lengths"] == found["weakest"] == found["rest"] == 0
    assert found["density"] == pytest.approx(3 / 12)
    assert found["kurtosis"] == pytest.approx(4)  # three ones among twelve weights
    assert found["shared"] == found["alone"] == pytest.approx(1 / 3)


def test_inputs_of_a_smeared_layer_by_hand():
    W = np.array([[1.0, 0.2], [1, 0], [0, 0.5]])
    found = dict(zip(INPUTS, measure_inputs(W).values[0], strict=True))
    scale = 1.0  # the median length
    lengths = np.array([np.sqrt(1.04), 1, 0.5]) / scale
    assert found["interference"] == pytest.approx((1 + 0.01 + 1 + 0.01) / 3)
    assert found["lengths"] == pytest.approx(lengths.std())
    assert found["weakest"] == pytest.approx(0.5)
    assert found["density"] == pytest.approx(4 / 6)
    assert found["rest"] == 0
    turned = measure_inputs(np.array([[1.0, 0], [1, 0], [0.2, 0.9]])).values[0]
    assert dict(zip(INPUTS, turned, strict=True))["rest"] == pytest.approx(0.2)
    assert measure_inputs(np.eye(3)).values.shape == (0, len(INPUTS))


def test_one_neuron_alone_has_no_home():
    found = dict(zip(INPUTS, measure_inputs(np.array([[1.0], [-1.0]])).values[0], strict=True))
    assert found["relocation"] == found["mask_only"] > 0
