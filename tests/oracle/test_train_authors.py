"""The fast path against the published procedure, written down independently with autograd."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._network import Problem
from polysem._network.noise import Bipolar
from polysem._train.noise_stream import NoiseStream
from polysem._train.options import TrainOptions
from polysem._train.recipes import recipe
from polysem._train.train import train_seeds


def published_steps(W0, l1, optimiser, steps, xi=None, **settings):
    """States of one instance under the published procedure: (steps, n, m)."""
    W = torch.nn.Parameter(torch.tensor(W0))
    optimiser = optimiser([W], **settings)
    x = torch.eye(len(W0), dtype=W.dtype)
    states = []
    for step in range(steps):
        optimiser.zero_grad()
        hidden = torch.einsum("bi,ik->bk", x, W)
        if xi is not None:
            hidden = hidden + xi[step]
        output = F.relu(torch.einsum("bk,ik->bi", hidden, W))
        total = F.mse_loss(output, x, reduction="sum") + l1 * torch.norm(W, p=1)
        total.backward()
        optimiser.step()
        states.append(W.detach().numpy().copy())
    return np.array(states)


def our_steps(W0, l1, options, seeds=None):
    """States of every seed after every step: (seeds, steps, n, m)."""
    every = RecordOptions(what=("weights",), every=1)
    results = train_seeds(
        W0, l1, options, lambda: TrajectoryRecorder(every, Problem(l1)), seeds=seeds, workers=1
    )
    return np.array([result.trajectory["weights"][1:] for result in results])


def starts(seeds, n, m, dtype="float64"):
    generator = np.random.default_rng(5)
    return (generator.standard_normal((seeds, n, m)) / np.sqrt(m)).astype(dtype)


def relative_error(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(("n", "m"), [(8, 16), (16, 16), (12, 5), (20, 70)])
@pytest.mark.parametrize("gradient", ["closed", "autograd"])
def test_the_recipe_is_the_published_procedure_step_by_step(n, m, gradient):
    options = recipe("lecomte2023").train.model_copy(
        update={"steps": 50, "dtype": "float64", "device": "cpu", "gradient": gradient}
    )
    W0 = starts(3, n, m)
    ours = our_steps(W0, 1e-3, options)
    for found, start in zip(ours, W0, strict=True):
        expected = published_steps(start, 1e-3, torch.optim.AdamW, 50, lr=1e-3)
        assert relative_error(found, expected) < 1e-10


def test_the_recipe_is_the_published_procedure_in_float32_too():
    """Adam divides by the gradient's size, so where a gradient nearly vanishes rounding shows."""
    options = recipe("lecomte2023").train.model_copy(update={"steps": 50, "device": "cpu"})
    W0 = starts(1, 16, 64, "float32")
    expected = published_steps(W0[0], 1e-3, torch.optim.AdamW, 50, lr=1e-3)
    assert np.median(np.abs(our_steps(W0, 1e-3, options)[0] - expected)) < 1e-7


SETTINGS = [
    ("Adam", {}, {}),
    ("Adam", {"weight_decay": 0.1}, {"betas": (0.8, 0.99), "eps": 1e-6}),
    ("AdamW", {"weight_decay": 0.0}, {"betas": (0.3, 0.9)}),
    ("AdamW", {}, {"amsgrad": True}),
    ("SGD", {}, {}),
    ("SGD", {"weight_decay": 0.1}, {}),
    ("SGD", {"weight_decay": 0.1}, {"momentum": 0.9, "nesterov": True}),
    ("Adadelta", {}, {}),
    ("Adagrad", {}, {}),
    ("Adamax", {}, {}),
    ("ASGD", {}, {}),
    ("NAdam", {}, {}),
    ("RAdam", {}, {}),
    ("RMSprop", {}, {"momentum": 0.5}),
    ("Rprop", {}, {}),
    ("Adafactor", {}, {}),
]


@pytest.mark.parametrize(("name", "decay", "extra"), SETTINGS)
def test_every_optimiser_does_what_torch_does_to_each_seed_alone(name, decay, extra):
    options = TrainOptions.build(
        optimiser=name,
        lr=0.004,
        steps=50,
        device="cpu",
        dtype="float64",
        options=extra,
        **decay,
    )
    W0 = starts(2, 10, 14)
    ours = our_steps(W0, 0.01, options)
    for found, start in zip(ours, W0, strict=True):
        expected = published_steps(
            start, 0.01, getattr(torch.optim, name), 50, lr=0.004, **decay, **extra
        )
        assert relative_error(found, expected) < 1e-10


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon")
def test_muon_does_what_torch_does_to_each_seed_alone():
    """Muon orthogonalises in bfloat16, so it is compared after one step, to that precision."""
    options = TrainOptions.build(optimiser="Muon", lr=0.01, steps=1, device="cpu")
    W0 = starts(2, 10, 14, "float32")
    for found, start in zip(our_steps(W0, 0.01, options), W0, strict=True):
        expected = published_steps(start, 0.01, torch.optim.Muon, 1, lr=0.01)
        assert np.abs(found - expected).max() < 2e-4


@pytest.mark.parametrize("gradient", ["closed", "autograd"])
@pytest.mark.parametrize("shared", ["sample", "batch", "all"])
def test_noisy_training_is_the_published_procedure_given_the_noise(shared, gradient):
    noise = Bipolar(std=0.15, shared=shared)
    options = recipe("lecomte2023-noise").train.model_copy(
        update={
            "steps": 50,
            "dtype": "float64",
            "device": "cpu",
            "noise": noise,
            "gradient": gradient,
        }
    )
    W0, seeds = starts(3, 8, 16), [4, 5, 9]
    ours = our_steps(W0, 0.0, options, seeds)
    stream = NoiseStream(noise, seeds, 8, 16, like=torch.zeros(1, dtype=torch.float64))
    xi = torch.stack([stream.next().expand(3, -1, -1).clone() for _ in range(50)])
    for place in range(3):
        expected = published_steps(W0[place], 0.0, torch.optim.SGD, 50, xi[:, place], lr=0.02)
        assert relative_error(ours[place], expected) < 1e-10
