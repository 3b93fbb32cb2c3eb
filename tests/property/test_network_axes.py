"""Symmetries that every axis keeps, and that training in company changes no bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polysem._network.spec import NetworkSpec
from polysem._train.each import train_each
from polysem._train.spec import TrainSpec

PENALTIES = [
    {},
    {"power": 2},
    {"entry_power": 1.5},
    {"entry": {"kind": "log"}},
    {"l2": 0.3},
    {"on": "activations"},
]
SYMMETRIC_DATA = [
    {"kind": "one_hot"},
    {"kind": "k_hot", "probability": 0.3},
    {"kind": "bernoulli", "probability": 0.4, "magnitude": "one"},
]
BLOCK_DATA = [{"kind": "partners", "probability": 0.5}, {"kind": "exclusive", "size": 2}]
EVEN_HIDDEN = ["identity", "cubic", "top_k", "rms_norm"]  # h(−z) = −h(z) neuron by neuron
OTHER_HIDDEN = ["relu", "softmax", "layer_norm"]
ACTIVATIONS = ["relu", "abs", "squared_relu", "tanh", "gelu"]

networks = st.fixed_dictionaries(
    {
        "penalty": st.sampled_from(PENALTIES),
        "activation": st.sampled_from(ACTIVATIONS).map(lambda kind: {"kind": kind}),
        "seed": st.integers(0, 999),
    }
)


def problem(chosen, data, hidden):
    laws = {name: law for name, law in chosen.items() if name != "seed"}
    return NetworkSpec.build(n=6, m=5, l1=0.3, data=data, hidden={"kind": hidden}, **laws).problem


def assert_moves(found, W, move):
    """Loss unchanged, gradient moved along."""
    np.testing.assert_allclose(found.loss(move(W)), found.loss(W), rtol=1e-9)
    np.testing.assert_allclose(found.gradient(move(W)), move(found.gradient(W)), atol=1e-8)


def start(seed):
    return np.random.default_rng(seed).normal(0, 0.5, (6, 5))


@given(networks, st.sampled_from(SYMMETRIC_DATA), st.sampled_from(EVEN_HIDDEN + OTHER_HIDDEN))
def test_features_and_neurons_can_be_relabelled(chosen, data, hidden):
    rng = np.random.default_rng(chosen["seed"])
    rows, columns = rng.permutation(6), rng.permutation(5)
    found = problem(chosen, data, hidden)
    assert_moves(found, start(chosen["seed"]), lambda W: W[rows][:, columns])


@given(networks, st.sampled_from(BLOCK_DATA), st.sampled_from(EVEN_HIDDEN))
def test_pairs_of_features_can_be_relabelled_where_the_data_has_pairs(chosen, data, hidden):
    rng = np.random.default_rng(chosen["seed"])
    pairs = np.array([pair[:: rng.choice([-1, 1])] for pair in np.arange(6).reshape(3, 2)])
    rows = pairs[rng.permutation(3)].ravel()
    assert_moves(problem(chosen, data, hidden), start(chosen["seed"]), lambda W: W[rows])


@given(networks, st.sampled_from(SYMMETRIC_DATA + BLOCK_DATA), st.sampled_from(EVEN_HIDDEN))
def test_neurons_can_change_sign_where_the_hidden_layer_is_odd(chosen, data, hidden):
    signs = np.random.default_rng(chosen["seed"]).choice([-1.0, 1.0], 5)
    assert_moves(problem(chosen, data, hidden), start(chosen["seed"]), lambda W: W * signs)


@pytest.mark.parametrize("hidden", OTHER_HIDDEN)
def test_and_only_there(hidden):
    found, W = problem({}, {"kind": "one_hot"}, hidden), start(0)
    assert abs(found.loss(W) - found.loss(W * [-1, 1, 1, 1, 1])) > 1e-3


@given(
    st.sampled_from(SYMMETRIC_DATA + BLOCK_DATA + [{"kind": "bernoulli", "probability": 0.3}]),
    st.sampled_from(EVEN_HIDDEN + OTHER_HIDDEN),
    st.sampled_from([None, 7]),
    st.sampled_from([{"kind": "none"}, {"kind": "laplace", "std": 0.2}]),
    st.integers(0, 5),
)
@settings(max_examples=25)
def test_a_seed_has_the_same_bits_in_any_company(data, hidden, batch, noise, seed):
    if data["kind"] == "bernoulli" and "magnitude" not in data:
        batch = batch or 5

    def trained(first, seeds):
        spec = TrainSpec.build(
            network={"n": 6, "m": 5, "l1": 0.05, "data": data, "hidden": {"kind": hidden}},
            seeds=seeds,
            seed=first,
            train={"steps": 4, "batch": batch, "noise": noise, "device": "cpu"},
            record={"what": ()},
        )
        return {first + index: result.end for index, result in train_each(spec)}

    together = trained(seed, 4)
    for one in (seed + 1, seed + 3):
        assert np.array_equal(trained(one, 1)[one], together[one])
