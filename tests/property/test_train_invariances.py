"""What training must not depend on, for any shape, optimiser and noise."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._network import Problem
from polysem._train.catalogue import ELEMENTWISE
from polysem._train.gradient import ClosedGradient
from polysem._train.options import TrainOptions
from polysem._train.train import train_seeds

shapes = st.tuples(st.integers(2, 6), st.integers(1, 12), st.integers(1, 40))
noises = st.sampled_from(
    [
        {"kind": "none"},
        {"kind": "bipolar", "std": 0.2},
        {"kind": "gaussian", "std": 0.2, "shared": "batch"},
    ]
)


def trained(W0, chosen, seeds):
    def recorder():
        return TrajectoryRecorder(RecordOptions(what=()), Problem(0.01))

    return [result.end for result in train_seeds(W0, 0.01, chosen, recorder, seeds=seeds)]


def start(shape, seed, dtype="float32"):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal(shape) / np.sqrt(shape[-1])).astype(dtype)


@given(shapes, st.integers(0, 99), st.sampled_from(ELEMENTWISE), noises, st.data())
@settings(max_examples=60, deadline=None)
def test_a_seed_has_the_same_bits_in_any_company(shape, seed, optimiser, noise, data):
    chosen = TrainOptions.build(optimiser=optimiser, noise=noise, steps=6, device="cpu")
    W0 = start(shape, seed)
    everything = trained(W0, chosen, range(len(W0)))
    places = data.draw(st.permutations(range(len(W0))))[: data.draw(st.integers(1, len(W0)))]
    for place, end in zip(places, trained(W0[places], chosen, places), strict=True):
        assert np.array_equal(end, everything[place])


@given(shapes, st.integers(0, 99), st.sampled_from(["AdamW", "SGD", "RMSprop"]))
@settings(max_examples=30, deadline=None)
def test_flipping_and_reordering_neurons_commutes_with_training(shape, seed, optimiser):
    """Elementwise optimisers see no neuron order and no sign of a neuron.

    Adam divides by |gradient|, so rounding is enlarged where a gradient nearly vanishes: a small
    number of small steps, in float64.
    """
    W0 = start(shape, seed, "float64")
    generator = np.random.default_rng(seed + 1)
    order, sign = generator.permutation(shape[-1]), generator.choice([-1, 1], shape[-1])
    chosen = TrainOptions.build(optimiser=optimiser, steps=5, dtype="float64", device="cpu")
    plain = np.array(trained(W0, chosen, range(len(W0))))
    moved = np.array(trained((W0 * sign)[..., order], chosen, range(len(W0))))
    assert np.abs(moved - (plain * sign)[..., order]).max() < 1e-6


@given(
    shapes,
    st.integers(0, 99),
    st.floats(0, 2),
    st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_closed_gradient_is_the_slope_autograd_finds(shape, seed, l1, share_of_zeros):
    """Against a loss written out here, not the package's own."""
    W = torch.tensor(start(shape, seed, "float64"))
    W[torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < share_of_zeros] = 0
    grad = torch.empty_like(W)
    ClosedGradient(W, grad, l1)()
    V = W.clone().requires_grad_()
    error = torch.relu(torch.einsum("sik,sjk->sij", V, V)) - torch.eye(shape[1])
    (error.square().sum() + l1 * V.abs().sum()).backward()
    torch.testing.assert_close(grad, V.grad, rtol=1e-11, atol=1e-12)
