"""Training any loss of the tied network: the formula against autograd, with and without noise."""

import numpy as np
import pytest
import torch

from polysem._network.noise import Bipolar, Gaussian, noisy_gradient, noisy_loss
from polysem._network.spec import NetworkSpec
from polysem._train.each import train_each
from polysem._train.gradient import make_gradient
from polysem._train.options import TrainOptions
from polysem._train.spec import TrainSpec

VARIATIONS = {
    "per feature": {"penalty": {"weights": {"kind": "geometric", "ratio": 0.8}}},
    "squared": {"penalty": {"power": 2}},
    "l1.5": {"penalty": {"entry_power": 1.5}},
    "l2": {"penalty": {"entry_power": 2}},
    "elastic net": {"penalty": {"l2": 0.3}},
    "importance": {"importance": {"kind": "geometric", "ratio": 0.7}},
    "leaky": {"activation": {"kind": "leaky", "leak": 0.2}},
    "shifted": {"activation": {"kind": "shifted", "shift": 0.1}},
    "gelu": {"activation": {"kind": "gelu"}},
    "sigmoid": {"activation": {"kind": "sigmoid"}},
    "partners": {"negative_overlap": {"strength": 0.4, "pairs": "partners"}},
    "everything": {
        "penalty": {"weights": {"kind": "geometric", "ratio": 0.9}, "power": 2, "l2": 0.1},
        "activation": {"kind": "shifted", "shift": 0.05},
        "importance": {"kind": "geometric", "ratio": 0.7},
        "negative_overlap": {"strength": 0.4},
    },
}
NOISES = {"no noise": None, "per sample": Bipolar(std=0.5), "shared": Gaussian(std=1, shared="all")}


def problem(name, n=6):
    return NetworkSpec.build(n=n, m=7, l1=0.3, **VARIATIONS[name]).problem


def weights(*shape):
    W = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    W[..., 2, :3] = 0
    return 0.6 * W


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", VARIATIONS)
def test_the_formula_is_what_autograd_finds(name, noise):
    W = weights(2, 6, 7)
    settings = {} if NOISES[noise] is None else {"noise": NOISES[noise]}
    grads = torch.full((2, *W.shape), float("nan"), dtype=W.dtype)
    for grad, how in zip(grads, ("closed", "autograd"), strict=True):
        call = make_gradient(TrainOptions(gradient=how, **settings), W, grad, problem(name), [3, 4])
        assert call.how == how
        for _ in range(2):
            call()
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-11, atol=1e-12)
    assert grads[0].norm() > 1


@pytest.mark.parametrize("name", VARIATIONS)
def test_noise_of_strength_zero_changes_nothing(name):
    W, found = weights(2, 6, 7), problem(name)
    xi = torch.zeros(2, 6, 7, dtype=W.dtype)
    torch.testing.assert_close(noisy_loss(W, xi, found), found.loss(W))
    torch.testing.assert_close(noisy_gradient(W, xi, found), found.gradient(W))


def test_the_noisy_loss_of_a_problem_is_the_published_one_in_the_base_model():
    W, xi = weights(2, 6, 7), 0.7 * weights(2, 6, 7).flip(-1)
    base = NetworkSpec(n=6, m=7, l1=0.3).problem
    torch.testing.assert_close(noisy_loss(W, xi, base), noisy_loss(W, xi, 0.3))
    torch.testing.assert_close(noisy_gradient(W, xi, base), noisy_gradient(W, xi, 0.3))


@pytest.mark.parametrize("name", ["l1.5", "everything"])
def test_training_ends_where_autograd_ends(name):
    """A few steps of plain descent in float64, so that rounding is all that differs."""

    def ends(how):
        spec = TrainSpec.build(
            network={"n": 6, "m": 7, "l1": 0.05, **VARIATIONS[name]},
            seeds=2,
            train={
                "optimiser": "SGD",
                "lr": 0.02,
                "steps": 40,
                "gradient": how,
                "dtype": "float64",
                "device": "cpu",
            },
        )
        found = dict(train_each(spec))
        assert {result.method for result in found.values()} == {f"SGD/{how}"}
        return np.stack([found[index].end for index in range(2)])

    np.testing.assert_allclose(ends("closed"), ends("autograd"), atol=1e-11)


def test_plain_descent_is_the_euler_step_of_the_flow():
    """One step of SGD with lr h moves along −gradient by h, whatever the loss."""
    network = {"n": 6, "m": 7, "l1": 0.05, **VARIATIONS["everything"]}
    train = {"optimiser": "SGD", "lr": 0.01, "steps": 1, "dtype": "float64", "device": "cpu"}
    spec = TrainSpec.build(network=network, train=train)
    W0 = spec.network.start(0).astype(np.float64)
    ((_, result),) = train_each(spec)
    np.testing.assert_allclose(
        result.end, W0 - 0.01 * spec.network.problem.gradient(W0), atol=1e-15
    )


@pytest.mark.parametrize("power", [{}, {"power": 2}, {"entry_power": 1.5}, {"l2": 0.3}])
def test_on_one_hot_data_a_penalty_on_activations_is_one_on_weights(power):
    """Codes of the one-hot inputs are the rows of W."""
    on_weights = NetworkSpec.build(n=6, m=7, l1=0.3, penalty=power).problem
    on_codes = NetworkSpec.build(n=6, m=7, l1=0.3, penalty={**power, "on": "activations"}).problem
    assert on_codes == on_weights  # the network says so
    W = weights(2, 6, 7)
    from dataclasses import replace

    measured = replace(on_codes, penalty=on_codes.penalty.model_copy(update={"on": "activations"}))
    torch.testing.assert_close(measured.loss(W), on_weights.loss(W))  # and the sum over codes too
    torch.testing.assert_close(measured.gradient(W), on_weights.gradient(W))
