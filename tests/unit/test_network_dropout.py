"""Dropout of the hidden layer: its law, its gradient, and that it changes nothing else."""

import itertools

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

import polysem
from polysem._network.noise import Dropout, Noise
from polysem._network.problem import Problem
from polysem._network.sampled import sampled_gradient, sampled_loss
from polysem._network.spec import NetworkSpec
from polysem._train.gradient import make_gradient
from polysem._train.noise_stream import NoiseStream
from polysem._train.options import TrainOptions

PROBLEMS = [
    Problem(0.3),
    NetworkSpec.build(n=4, m=5, l1=0.3, penalty={"on": "activations"}).problem,
    NetworkSpec.build(n=4, m=5, l1=0.3, hidden={"kind": "cubic"}, penalty={"on": "activations"},
                      activation={"kind": "gelu"}).problem,
]  # fmt: skip


def weights(n=4, m=5, seeds=2):
    generator = torch.Generator().manual_seed(3)
    return torch.randn(seeds, n, m, generator=generator, dtype=torch.float64)


def masks(rate, seeds, samples, m):
    stream = NoiseStream(Dropout(rate=rate), range(seeds), samples, m, like=weights())
    return stream.next()


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7])
def test_a_component_is_left_out_or_scaled_up(rate):
    """Share of zeros of 200,000 draws within 5 standard errors; false alarms 6e-7, seed fixed."""
    b = torch.empty(200_000)
    Dropout(rate=rate).unit(b, torch.Generator().manual_seed(5))
    kept = b[b > 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - rate)))
    error = (rate * (1 - rate) / len(b)) ** 0.5
    assert abs(1 - len(kept) / len(b) - rate) <= 5 * error


@pytest.mark.parametrize("problem", PROBLEMS, ids=["base", "codes", "cubic"])
def test_the_closed_gradient_is_that_of_autograd(problem):
    W = weights().requires_grad_()
    X, omega = problem.samples(W.detach())
    b, xi = masks(0.4, 2, len(X), 5), 0.1 * masks(0.5, 2, len(X), 5)
    (wanted,) = torch.autograd.grad(sampled_loss(problem, W, X, omega, xi, b).sum(), W)
    torch.testing.assert_close(sampled_gradient(problem, W.detach(), X, omega, xi, b), wanted)


def test_the_loss_of_a_mask_is_the_formula_and_its_mean_keeps_what_is_linear():
    """By hand for every mask of three neurons; the mean output before ReLU is that without."""
    rate, problem = 0.3, Problem(0.0)
    W = weights(2, 3, 1)
    X, omega = problem.samples(W)
    mean = torch.zeros(2, 2, dtype=torch.float64)
    for kept in itertools.product([0.0, 1.0], repeat=3):
        b = torch.tensor(kept, dtype=torch.float64) / (1 - rate)
        P = (b * W[0]) @ W[0].T
        by_hand = ((P.relu() - torch.eye(2)) ** 2).sum()
        found = sampled_loss(problem, W, X, omega, 0, b.expand(1, 2, 3))
        torch.testing.assert_close(found[0], by_hand)
        share = (1 - rate) ** sum(kept) * rate ** (3 - sum(kept))
        mean = mean + share * P
    torch.testing.assert_close(mean, W[0] @ W[0].T)


@pytest.mark.parametrize("batch", [None, 7])
def test_training_by_either_gradient_is_one_and_rate_0_is_no_dropout(batch):
    def ends(**more):
        run = polysem.train(5, 7, 0.05, seeds=2, steps=30, batch=batch, dtype="float64", **more)
        return np.asarray(run.end)

    noise = {"kind": "dropout", "rate": 0.3}
    closed, other = (ends(noise=noise, gradient=how) for how in ("closed", "autograd"))
    np.testing.assert_allclose(closed, other, atol=1e-12)
    deep = ends(noise=noise, architecture={"kind": "tied", "output_bias": True})
    assert np.abs(deep - ends(architecture={"kind": "tied", "output_bias": True})).max() > 1e-3
    plain = ends()
    np.testing.assert_allclose(ends(noise={"kind": "dropout", "rate": 0.0}), plain, atol=1e-12)
    assert np.abs(closed - plain).max() > 1e-3


def test_a_stack_of_layers_drops_its_last_code_as_one_layer_does():
    """With one layer and biases that start at 0 the first gradient by W is that of no biases."""
    W0 = weights(4, 5, 2).numpy()
    noise = {"kind": "dropout", "rate": 0.3}
    plain, biased = (
        np.asarray(
            polysem.train(
                start=W0, l1=0.1, steps=1, optimiser="SGD", lr=0.01, dtype="float64", noise=noise,
                architecture={"kind": "tied", "output_bias": bias},
            ).end
        )
        for bias in (False, True)
    )  # fmt: skip
    np.testing.assert_allclose(plain, biased, atol=1e-12)


def test_bad_rates_are_refused_and_the_word_is_known():
    law = TypeAdapter(Noise).validate_python({"kind": "dropout", "rate": 0.5})
    assert isinstance(law, Dropout)
    with pytest.raises(polysem.BadInput, match="less than 1"):
        polysem.train(3, 4, steps=1, noise={"kind": "dropout", "rate": 1.0})


def test_the_gradient_says_how_it_is_made():
    options = TrainOptions(noise=Dropout(rate=0.1))
    W = weights()
    assert make_gradient(options, W, torch.zeros_like(W), 0.1, [0, 1]).how == "closed"
