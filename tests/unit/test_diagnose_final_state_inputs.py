"""What the final-state score is told: the implied network and its moves by brute force."""

import itertools

import numpy as np
import pytest

import polysem
from polysem._diagnose.final_state.implied import BOTH, SAME, Implied, implied_loss
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.moves import StaticMoves
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
    costs = StaticMoves(tied(W), W).costs(0, np.array(features))
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


def tied(W):
    """The tied network of W as it is, not scaled."""
    return Implied(W, W.T, np.zeros(len(W)), W @ W.T, BOTH)


def sides(rng, features=7, neurons=5, linear=False):
    """In-weights, out-weights and biases of a network that gives its features back, not exactly."""
    out = 0.2 * rng.normal(size=(neurons, features))
    into = 0.05 * rng.normal(size=(features, neurons))
    if not linear:
        into -= rng.uniform(0.3, 0.9, into.shape)  # silent, through a ReLU
    home = np.arange(features) % neurons
    out[home, np.arange(features)] = into[np.arange(features), home] = 1
    signs = rng.choice([-1, 1], neurons) if linear else np.ones(neurons)
    bias, offset = -0.1 * rng.random(neurons), 0.1 * rng.normal(size=features)
    return into * signs, out * signs[:, None], bias, offset


def loss_of(hidden, out, offset):
    """Σ_ij (ReLU(h D + c)_ij − δ_ij)², in the plainest way."""
    return float(((np.maximum(hidden @ out + offset, 0) - np.eye(len(hidden))) ** 2).sum())


@pytest.mark.parametrize(("features", "neurons"), [([0, 5], 5), ([2, 0, 5], 5), ([0, 1], 2)])
@pytest.mark.parametrize(("seed", "linear"), [(0, False), (1, False), (2, True), (3, True)])
def test_costs_of_both_sides_are_those_of_the_network_written_out(features, neurons, seed, linear):
    into, out, bias, offset = sides(np.random.default_rng(seed), neurons=neurons, linear=linear)
    implied = Implied.untied(into, out, bias, offset, np.full(7, True))
    hidden, out, offset = implied.hidden, implied.outgoing, implied.offset
    start = loss_of(hidden, out, offset)
    masked, moved = [], []
    for keep in features[:2]:
        h, d = hidden.copy(), out.copy()
        others = np.arange(7) != keep
        h[others, 0] = d[0, others] = 0
        masked.append(loss_of(h, d, offset))
        for f in (f for f in features if f != keep):
            best = (np.inf, h, d)
            for home, sign in itertools.product(range(1, neurons), implied.signs):
                there, back = h.copy(), d.copy()
                there[f, home] += sign * hidden[f, 0]
                back[home, f] += sign * out[0, f]
                best = min(best, (loss_of(there, back, offset), there, back), key=lambda x: x[0])
            h, d = best[1:]
        moved.append(loss_of(h, d, offset))
    emptied = [
        loss_of(np.delete(hidden, k, 1), np.delete(out, k, 0), offset) for k in range(1, neurons)
    ]
    costs = StaticMoves(implied, hidden).costs(0, np.array(features))
    assert implied_loss(implied.outputs) == pytest.approx(start)
    assert costs.mask_only == pytest.approx(min(masked) - start)
    assert costs.relocation == pytest.approx(min(moved) - start)
    assert costs.eviction == pytest.approx(min(emptied) - start)


@pytest.mark.parametrize("linear", [False, True])
def test_the_implied_network_is_the_one_that_gives_the_features_back(rng, linear):
    into, out, bias, offset = sides(rng, linear=linear)
    found = Implied.untied(into, out, bias, offset, np.full(7, True))
    assert found.signs == (BOTH if linear else SAME)
    drive = into + bias
    said = (drive if linear else np.maximum(drive, 0)) @ out + offset
    np.testing.assert_allclose(found.outputs, said / np.median(np.diagonal(said)))
    np.testing.assert_allclose(found.hidden @ found.outgoing + found.offset, found.outputs)
    norms = [np.linalg.norm(found.hidden, axis=0), np.linalg.norm(found.outgoing, axis=1)]
    np.testing.assert_allclose(*norms)


@pytest.mark.parametrize("linear", [False, True])
def test_inputs_of_both_sides_do_not_depend_on_order_or_on_what_changes_no_output(rng, linear):
    into, out, bias, offset = sides(rng, linear=linear)
    W = np.sqrt(np.abs(into * out.T)) * np.sign(into)
    plain = measure_inputs(W, (into, out, bias, offset))
    rows, columns, by = rng.permutation(7), rng.permutation(5), rng.uniform(0.5, 2, 5)
    into, out, bias = into * by, 3 * out / by[:, None], bias * by
    turned = measure_inputs(
        W[rows][:, columns],
        (into[rows][:, columns], out[columns][:, rows], bias[columns], 3 * offset[rows]),
    )
    place = {int(columns[k]): j for j, k in enumerate(turned.neurons)}
    again = turned.values[[place[int(k)] for k in plain.neurons]]
    assert len(plain.neurons)
    np.testing.assert_allclose(again, plain.values, atol=1e-8)
    assert (measure_inputs(W).values != plain.values).any()


def test_moves_and_interference_are_those_of_the_network_that_both_sides_imply(rng):
    into, out, bias, offset = sides(rng)
    W = np.sqrt(np.abs(into * out.T)) * np.sign(into)
    found = measure_inputs(W, (into, out, bias, offset))
    implied = Implied.untied(into, out, bias, offset, np.full(7, True))
    k = int(found.neurons[0])
    held = np.flatnonzero(np.abs(W[:, k]) > 0.5 * np.linalg.norm(W, axis=1))
    costs = StaticMoves(implied, W).costs(k, held[np.argsort(-np.abs(W[held, k]))])
    row = dict(zip(INPUTS, found.values[0], strict=True))
    for name in ("relocation", "mask_only", "eviction"):
        change = getattr(costs, name)
        assert row[name] == pytest.approx(np.sign(change) * np.log1p(abs(change) / 1e-3))
    said = np.maximum(implied.outputs, 0) * (1 - np.eye(7))
    assert row["interference"] == pytest.approx(np.square(said).sum() / 7)
    assert row["implied"] == pytest.approx(implied_loss(implied.outputs) / 7)


def test_the_diagnosis_reads_both_sides_with_their_biases(rng, monkeypatch):
    from polysem._diagnose.final_state import opinion

    into, out, bias, offset = sides(rng)
    seen = []

    def noted(W, untied=None):
        seen.append(untied)
        return measure_inputs(W, untied)

    monkeypatch.setattr(opinion, "measure_inputs", noted)
    polysem.diagnose(into, outgoing=out, draws=10)
    polysem.diagnose(into, outgoing=out, bias=bias, draws=10)
    polysem.diagnose(into.T, outgoing=out, bias=bias, outgoing_bias=offset, transpose=True, draws=9)
    assert seen[0] is None
    for given, wanted in zip(seen[1:], (np.zeros(7), offset), strict=True):
        for side, value in zip(given, (into, out, bias, wanted), strict=True):
            np.testing.assert_array_equal(side, value)
