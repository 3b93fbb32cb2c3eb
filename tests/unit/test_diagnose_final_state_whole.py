"""A whole network without its data: its task, and its moves written out."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import polysem
from polysem._diagnose.final_state import opinion, whole
from polysem._diagnose.final_state import sides as sides_module
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.sides import network_of_sides
from polysem._diagnose.final_state.whole import Known, WholeNetwork, implied_of
from polysem._diagnose.inputs.layer import Sides
from polysem._diagnose.origin.enumerated import (
    UNTIED_BESIDE,
    UNTIED_WIRES,
    EnumeratedNetwork,
    untied,
)
from polysem._diagnose.origin.network import Wire, encoding


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
    return Sides(into * signs, out * signs[:, None], bias, offset)


def network(of, phi="relu", forward=None):
    """The network of both sides as it is."""
    named = {
        "encoder": of.into,
        "decoder": of.outgoing,
        "bias": of.bias,
        "out_bias": of.outgoing_bias,
    }
    weights = {n: torch.tensor(v, dtype=torch.float32) for n, v in named.items()}
    eye = torch.eye(len(of.into))
    return EnumeratedNetwork(
        weights, forward or untied(phi), UNTIED_WIRES, eye, eye, torch.ones(len(eye)),
        beside=UNTIED_BESIDE, linear=phi == "none",
    )  # fmt: skip


def loss_of(of, scale):
    """Σ_ij (ReLU(ReLU(E + b) D + c)_ij/scale − δ_ij)², in the plainest way."""
    said = np.maximum(np.maximum(of.into + of.bias, 0) @ of.outgoing + of.outgoing_bias, 0)
    return float(((said / scale - np.eye(len(said))) ** 2).sum())


def scale_of(of):
    said = np.maximum(of.into + of.bias, 0) @ of.outgoing + of.outgoing_bias
    return float(np.median(np.diagonal(said)[np.diagonal(said) > 0]))


@pytest.mark.parametrize("features", [[0, 5], [5, 0]])
@pytest.mark.parametrize("seed", range(3))
def test_costs_are_those_of_the_network_written_out(features, seed):
    of = sides(np.random.default_rng(seed))
    scale, found = scale_of(of), WholeNetwork(network(of))
    start = loss_of(of, scale)
    masked, moved = [], []
    for keep, leave in (features, features[::-1]):
        into, out = of.into.copy(), of.outgoing.copy()
        others = np.arange(7) != keep
        into[others, 0] = out[0, others] = 0
        masked.append(loss_of(Sides(into, out, of.bias, of.outgoing_bias), scale))
        for home, sign in itertools.product(range(1, 5), (1, -1)):
            there, back = into.copy(), out.copy()
            there[leave, home] += sign * of.into[leave, 0]
            back[home, leave] += sign * of.outgoing[0, leave]
            moved.append(loss_of(Sides(there, back, of.bias, of.outgoing_bias), scale))
    emptied = []
    for k in range(1, 5):
        into, out = of.into.copy(), of.outgoing.copy()
        into[:, k] = out[k] = 0
        emptied.append(loss_of(Sides(into, out, of.bias, of.outgoing_bias), scale))
    costs = found.costs(0, np.array(features))
    assert found.loss == pytest.approx(start, abs=1e-4)
    assert costs.mask_only == pytest.approx(min(masked) - start, abs=1e-4)
    assert costs.relocation == pytest.approx(min(masked + moved) - start, abs=1e-4)
    assert costs.eviction == pytest.approx(min(emptied) - start, abs=1e-4)


def test_a_neuron_is_not_emptied_for_itself(rng):
    of = sides(rng)
    found, scale, each = WholeNetwork(network(of)), scale_of(of), []
    for k in range(5):
        into, out = of.into.copy(), of.outgoing.copy()
        into[:, k] = out[k] = 0
        each.append(loss_of(Sides(into, out, of.bias, of.outgoing_bias), scale) - found.loss)
    for k in range(5):
        evict = found.costs(k, np.array([0, 5])).eviction
        assert evict == pytest.approx(min(np.delete(each, k)), abs=1e-4)


def test_one_neuron_alone_has_no_home():
    of = Sides(np.array([[1.0], [1.0]]), np.array([[1.0, 1.0]]), np.zeros(1), np.zeros(2))
    costs = WholeNetwork(network(of)).costs(0, np.array([0, 1]))
    assert costs.relocation == costs.mask_only


def absolute(features=4):
    """|x| by two neurons a feature."""
    eye = np.eye(features)
    return Sides(np.c_[eye, -eye], np.r_[eye, eye], np.zeros(2 * features), np.zeros(features))


def signed(parameters, x):
    """x̂ = x E D, of either sign."""
    return x @ parameters["encoder"] @ parameters["decoder"]


def test_the_task_is_what_the_network_gives_back():
    eye = torch.eye(4)
    of = absolute()
    task = implied_of(network(of))
    torch.testing.assert_close(task.inputs, torch.cat([eye, -eye]))
    torch.testing.assert_close(task.targets, torch.cat([eye, eye]))
    assert task.worth == pytest.approx(1)
    once = Sides(np.eye(4), np.eye(4), np.zeros(4), np.zeros(4))
    task = implied_of(network(once, forward=signed))
    torch.testing.assert_close(task.targets, torch.cat([eye, -eye]))
    task = implied_of(network(once))  # silent for negative inputs
    torch.testing.assert_close(task.targets, eye)
    assert task.worth == pytest.approx(1)


def test_a_penalty_and_data_of_its_own_are_not_looked_at(rng):
    of = sides(rng)
    plain, own = network(of), network(of)
    own.l1, own.inputs, own.targets = 3.0, torch.ones(2, 7), torch.zeros(2, 7)
    own.counts = torch.ones(2)
    assert WholeNetwork(own).loss == WholeNetwork(plain).loss


@pytest.mark.parametrize("linear", [False, True])
def test_both_sides_imply_the_network_that_gives_the_features_back(rng, linear):
    of = sides(rng, linear=linear)
    found = network_of_sides(of)
    assert found.linear == linear
    x = np.concatenate([np.eye(7), rng.normal(size=(5, 7))])
    drive = x @ of.into + of.bias
    said = (drive if linear else np.maximum(drive, 0)) @ of.outgoing + of.outgoing_bias
    one = {n: v[None] for n, v in found.weights.items()}
    np.testing.assert_allclose(
        found.forward(one, torch.tensor(x, dtype=torch.float32))[0], np.maximum(said, 0), atol=1e-5
    )
    into, out = found.weights["encoder"], found.weights["decoder"]
    torch.testing.assert_close(into.norm(dim=0), out.norm(dim=1))


@pytest.mark.parametrize("linear", [False, True])
def test_inputs_do_not_depend_on_order_or_on_what_changes_no_output(rng, linear):
    of = sides(rng, linear=linear)

    def inputs(some):
        found = network_of_sides(some)
        W = encoding(found, found.weights).numpy().astype(np.float64)
        return measure_inputs(W, WholeNetwork(found)), measure_inputs(W)

    plain, alone = inputs(of)
    rows, columns, by = rng.permutation(7), rng.permutation(5), rng.uniform(0.5, 2, 5)
    into, out, bias = of.into * by, 3 * of.outgoing / by[:, None], of.bias * by
    turned = Sides(
        into[rows][:, columns], out[columns][:, rows], bias[columns], 3 * of.outgoing_bias[rows]
    )
    found = inputs(turned)[0]
    place = {int(columns[k]): j for j, k in enumerate(found.neurons)}
    again = found.values[[place[int(k)] for k in plain.neurons]]
    assert len(plain.neurons)
    np.testing.assert_allclose(again, plain.values, atol=2e-3)  # float32, on a scale of 1e-3
    assert (alone.values != plain.values).any()


def test_moves_and_interference_are_the_whole_network_s_own(rng):
    of = sides(rng)
    found, W = WholeNetwork(network(of)), encoding(network(of), network(of).weights).numpy()
    inputs = measure_inputs(W, found)
    k = int(inputs.neurons[0])
    held = np.flatnonzero(np.abs(W[:, k]) > 0.5 * np.linalg.norm(W, axis=1))
    costs = found.costs(k, held[np.argsort(-np.abs(W[held, k]))])
    row = dict(zip(INPUTS, inputs.values[0], strict=True))
    for name in ("relocation", "mask_only", "eviction"):
        change = getattr(costs, name)
        assert row[name] == pytest.approx(np.sign(change) * np.log1p(abs(change) / 1e-3))
    said = np.maximum(np.maximum(of.into + of.bias, 0) @ of.outgoing + of.outgoing_bias, 0)
    said = said / scale_of(of) * (1 - np.eye(7))
    assert row["interference"] == pytest.approx(np.square(said).sum() / 7, rel=1e-5)
    assert row["implied"] == pytest.approx(found.loss / 7)


def test_one_wire_has_homes_by_its_own_weights():
    """A tied network given whole: the strongest weights are tried last."""
    W = torch.diag(torch.tensor([1.0, 3.0, 2.0]))

    def forward(p, x):
        return torch.relu(x @ p["W"] @ p["W"].mT)

    eye = torch.eye(3)
    of = EnumeratedNetwork({"W": W}, forward, (Wire("W"),), eye, eye, torch.ones(3))
    assert WholeNetwork(of).homes.tolist() == [0, 2, 1]


def test_the_diagnosis_reads_both_sides_with_their_biases(rng, monkeypatch):
    of = sides(rng)
    seen = []

    def noted(W, network=None, progress=None):
        seen.append(network)
        return measure_inputs(W, network, progress)

    monkeypatch.setattr(opinion, "measure_inputs", noted)
    polysem.diagnose(of.into, outgoing=of.outgoing, draws=10)
    given: dict[str, Any] = {
        "outgoing": of.outgoing,
        "bias": of.bias,
        "outgoing_bias": of.outgoing_bias,
    }
    told = []
    polysem.diagnose(of.into, **given, draws=10, progress=lambda *at: told.append(at))
    polysem.diagnose(of.into.T, **given, transpose=True, draws=9)
    assert seen[0] is None
    wanted = WholeNetwork(network_of_sides(of))
    for found in seen[1:]:
        np.testing.assert_array_equal(found.outputs, wanted.outputs)
    assert told[-1] == (2, 2)


def test_a_layer_that_is_too_large_is_read_by_its_encodings(rng, monkeypatch):
    of = sides(rng)
    assert Known(network(of)).implied is not None
    monkeypatch.setattr(whole, "MOST", 0)
    found = polysem.diagnose(of.into, outgoing=of.outgoing, bias=of.bias, draws=10)
    assert "too large" in " ".join(found.notes)
    plain = polysem.diagnose(of.into, outgoing=of.outgoing, draws=10)
    assert [r["probability"] for r in found.to_dicts()] == [
        r["probability"] for r in plain.to_dicts()
    ]


def test_a_layer_without_polysemantic_neurons_is_asked_nothing(monkeypatch):
    """Large layers would pay for it with a forward pass of every home."""

    def asked(_):
        raise AssertionError("the network was run")

    for module in (whole, sides_module):
        monkeypatch.setattr(module, "implied_of", asked)
    found = polysem.diagnose(np.eye(4), outgoing=np.eye(4), bias=np.zeros(4), draws=5)
    assert "too large" not in " ".join(found.notes)
    with pytest.raises(AssertionError, match="was run"):
        polysem.diagnose(np.ones((4, 1)), outgoing=np.ones((1, 4)), bias=np.zeros(1), draws=5)
