"""Inputs of a step: everything at once, or drawn; the two agree on average."""

import numpy as np
import pytest
import torch

from polysem._errors import BadInput
from polysem._network.sampled import sampled_gradient, sampled_loss
from polysem._network.spec import NetworkSpec
from polysem._train.each import train_each
from polysem._train.gradient import make_gradient
from polysem._train.inputs import BLOCK, DrawnInputs
from polysem._train.options import TrainOptions
from polysem._train.spec import TrainSpec

DATA = {"kind": "k_hot", "probability": 0.3}


def problem(data=DATA, **more):
    return NetworkSpec.build(n=5, m=7, l1=0.1, data=data, **more).problem


def weights(seeds=2):
    generator = torch.Generator().manual_seed(0)
    return 0.5 * torch.randn(seeds, 5, 7, generator=generator, dtype=torch.float64)


@pytest.mark.statistical
@pytest.mark.parametrize("data", [DATA, {"kind": "partners", "probability": 0.5}])
def test_the_mean_gradient_of_drawn_batches_is_the_exact_one(data):
    """4,000 batches of 8; every weight within 5.5 standard errors: false alarms below 3e-6."""
    W, found = weights(1), problem(data)
    inputs = DrawnInputs(found, 8, [3], W)
    drawn = torch.stack([sampled_gradient(found, W, *inputs.next()) for _ in range(4000)])
    error = (drawn.mean(0) - found.gradient(W)).abs()
    assert (error < 5.5 * drawn.std(0) / 4000**0.5).all()


@pytest.mark.parametrize("batch", [5, 8])
def test_drawn_one_hot_inputs_pay_for_negative_overlaps_of_their_own_feature(batch):
    """Input by input: the feature that is on pays κ for every other one below zero."""
    found = problem({"kind": "one_hot"}, negative_overlap={"strength": 0.4, "pairs": "partners"})
    W = weights().requires_grad_()
    X, omega = DrawnInputs(found, batch, [3, 4], W.detach()).next()
    P = X @ W @ W.mT
    cost = ((torch.relu(P) - X) ** 2).sum((1, 2)) * 5 / batch + 0.1 * W.abs().sum((1, 2))
    for seed in range(2):
        for s in range(batch):
            on = int(X[seed, s].argmax())
            other = on + 1 if on % 2 == 0 else on - 1
            if other < 4 and on < 4:
                cost[seed] += 5 / batch * 0.4 * torch.clamp(P[seed, s, other], max=0) ** 2
    torch.testing.assert_close(sampled_loss(found, W, X, omega), cost)
    (slope,) = torch.autograd.grad(cost.sum(), W)
    torch.testing.assert_close(sampled_gradient(found, W.detach(), X, omega), slope)


def test_every_step_and_every_seed_has_its_own_inputs_and_seeds_name_them():
    W, found = weights(), problem()
    inputs, again = DrawnInputs(found, 8, [3, 4], W), DrawnInputs(found, 8, [4], W[:1])
    steps = 2 * (BLOCK // (8 * 5)) + 3  # over two blocks
    first = [inputs.next()[0].clone() for _ in range(steps)]
    assert first[0].shape == (2, 8, 5)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0][0], first[0][1])
    assert all(torch.equal(x[1], again.next()[0][0]) for x in first)


@pytest.mark.parametrize("noise", [{"kind": "none"}, {"kind": "uniform", "std": 0.3}])
@pytest.mark.parametrize("batch", [None, 6])
def test_closed_form_and_autograd_see_the_same_inputs(batch, noise):
    W, found = weights(), problem()
    grads = torch.full((2, *W.shape), float("nan"), dtype=W.dtype)
    for grad, how in zip(grads, ("closed", "autograd"), strict=True):
        options = TrainOptions.build(gradient=how, batch=batch, noise=noise)
        call = make_gradient(options, W, grad, found, [3, 4])
        for _ in range(3):
            call()
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-11, atol=1e-12)


def test_one_hot_batches_train_the_base_model():
    train = {"steps": 300, "batch": 64, "optimiser": "SGD", "lr": 0.02, "device": "cpu"}
    spec = TrainSpec.build(network={"n": 4, "m": 16, "l1": 0.02}, train=train)
    ((_, result),) = train_each(spec)
    exact = TrainSpec.build(network={"n": 4, "m": 16, "l1": 0.02}, train={**train, "batch": None})
    ((_, expected),) = train_each(exact)
    assert not np.array_equal(result.end, expected.end)
    np.testing.assert_allclose(np.linalg.norm(result.end, axis=1), 1, atol=0.1)
    assert np.abs(result.end - expected.end).max() < 0.2


def test_toy_models_data_is_trained_on_and_its_loss_is_recorded():
    spec = TrainSpec.build(
        network={"n": 5, "m": 7, "l1": 0.0, "data": {"kind": "bernoulli"}},
        train={"steps": 400, "batch": 128, "lr": 0.01, "device": "cpu"},
        record={"what": ("loss",)},
    )
    ((_, result),) = train_each(spec)
    loss = result.trajectory["loss"]
    assert loss[-1] < 0.1 * loss[0]
    assert np.isnan(result.certificate.residual)
    assert not result.certificate.holds


def test_pair_forces_need_a_flow():
    with pytest.raises(BadInput, match="pair_forces cannot be recorded"):
        TrainSpec.build(
            network={"n": 4, "m": 5, "hidden": {"kind": "relu"}},
            record={"what": ("pair_forces",), "pair": (0, 1)},
        )
