"""Noise laws and the noisy loss with its closed-form gradient."""

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from polysem import _network as tied
from polysem._config import Config
from polysem._errors import BadInput
from polysem._network.noise import (
    Bipolar,
    Gaussian,
    Laplace,
    Noise,
    NoNoise,
    StudentT,
    ThreePoint,
    Uniform,
    noisy_forward,
    noisy_gradient,
    noisy_loss,
)

SHAPES = [(1, 2, 1), (2, 3, 5), (3, 8, 16), (2, 6, 4)]


LAWS = [
    Bipolar(std=1),
    Uniform(std=1),
    Gaussian(std=1),
    Laplace(std=1),
    StudentT(std=1, dof=20),
    ThreePoint(std=1, excess=-2),
    ThreePoint(std=1, excess=-1.5),
    ThreePoint(std=1, excess=0),
    ThreePoint(std=1, excess=3.5),
]


class Holder(Config):
    noise: Noise = NoNoise()


def some_weights(seeds, n, m, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(seeds, n, m, generator=generator, dtype=torch.float64) / m**0.5


def autograd(W, xi, l1):
    W = W.clone().requires_grad_()
    noisy_loss(W, xi, l1).sum().backward()
    return W.grad


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shared", ["sample", "batch", "all"])
@pytest.mark.parametrize("l1", [0.0, 0.3])
def test_closed_gradient_equals_autograd(shape, shared, l1):
    seeds, n, m = shape
    W = some_weights(*shape)
    xi_shape = {"sample": (seeds, n, m), "batch": (seeds, 1, m), "all": (1, 1, m)}[shared]
    xi = 1.5 * some_weights(*xi_shape, seed=1) * m**0.5
    torch.testing.assert_close(
        noisy_gradient(W, xi, l1), autograd(W, xi, l1), rtol=1e-12, atol=1e-13
    )


def test_those_points_include_silent_own_outputs():
    """So that the mask [P_ii > 0] of the closed form is tested above."""
    W, xi = some_weights(3, 8, 16), 6 * some_weights(3, 8, 16, seed=1)
    assert (noisy_forward(W, xi).diagonal(dim1=-2, dim2=-1) == 0).any()


@pytest.mark.parametrize("dead", ["row", "column", "entry", "everything"])
def test_closed_gradient_equals_autograd_where_weights_are_zero(dead):
    W = some_weights(2, 5, 7)
    where = {"row": np.s_[:, 1], "column": np.s_[..., 2], "entry": np.s_[0, 0, 0]}
    W[where.get(dead, np.s_[:])] = 0
    xi = some_weights(2, 5, 7, seed=2)
    torch.testing.assert_close(
        noisy_gradient(W, xi, 0.2), autograd(W, xi, 0.2), rtol=1e-12, atol=1e-13
    )


def test_closed_gradient_equals_finite_differences():
    W, xi = some_weights(1, 4, 6), 0.3 * some_weights(1, 4, 6, seed=3)
    found = noisy_gradient(W, xi, 0.1)
    step = 1e-6
    for i, k in np.ndindex(4, 6):
        up, down = W.clone(), W.clone()
        up[0, i, k] += step
        down[0, i, k] -= step
        slope = (noisy_loss(up, xi, 0.1) - noisy_loss(down, xi, 0.1)) / (2 * step)
        assert found[0, i, k].item() == pytest.approx(slope.item(), rel=1e-6, abs=1e-7)


def test_without_noise_it_is_the_tied_model():
    W, xi = some_weights(2, 5, 9), torch.zeros(2, 1, 9, dtype=torch.float64)
    torch.testing.assert_close(noisy_loss(W, xi, 0.1), tied.loss(W, 0.1))
    torch.testing.assert_close(noisy_gradient(W, xi, 0.1), tied.gradient(W, 0.1))


def test_forward_is_the_formula_entry_by_entry():
    W, xi = some_weights(1, 3, 4), some_weights(1, 3, 4, seed=5)
    found = noisy_forward(W, xi)
    for i, j in np.ndindex(3, 3):
        assert found[0, i, j].item() == pytest.approx(
            max(0.0, float(W[0, j] @ (W[0, i] + xi[0, i]))), abs=1e-14
        )


@pytest.mark.statistical
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_unit_draws_have_the_moments_they_claim(law):
    """Mean, variance and excess kurtosis of 400,000 draws, each within 5 standard errors.

    The standard errors of x² and x⁴ are measured on the draws. False alarms: below 2e-6 for the
    three moments of a law together; the seed is fixed.
    """
    count = 400_000
    x = torch.empty(count)
    law.unit(x, torch.Generator().manual_seed(11))
    x = x.double()
    assert abs(x.mean()) < 5 / count**0.5
    for power, expected in ((2, 1), (4, 3 + law.excess_kurtosis)):
        found = x**power
        assert abs(found.mean() - expected) < 5 * found.std() / count**0.5 + 1e-6


@pytest.mark.statistical
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_draws_are_independent_and_symmetric(law):
    """Neighbours' product and third moment of 400,000 draws within 5 standard errors of 0, so
    false alarms below 2e-6 a law."""
    x = torch.empty(400_000)
    law.unit(x, torch.Generator().manual_seed(12))
    x = x.double()
    for found in (x[1:] * x[:-1], x**3, x[1:] ** 2 * x[:-1] ** 2 - 1):
        assert abs(found.mean()) < 5 * found.std() / len(found) ** 0.5 + 1e-6


def test_three_points_are_three_and_two_at_the_least_kurtosis():
    x = torch.empty(5000)
    ThreePoint(std=1, excess=1).unit(x, torch.Generator().manual_seed(0))
    assert sorted({round(value, 5) for value in x.tolist()}) == [-2, 0, 2]  # p = 1/4
    ThreePoint(std=1, excess=-2).unit(x, torch.Generator().manual_seed(0))
    assert set(x.tolist()) == {-1.0, 1.0}


def test_bipolar_takes_two_values():
    x = torch.empty(1000)
    Bipolar(std=1).unit(x, torch.Generator().manual_seed(0))
    assert set(x.tolist()) == {-1.0, 1.0}


def test_kind_chooses_the_law_and_survives_json():
    noise = TypeAdapter(Noise)
    assert isinstance(noise.validate_python({"kind": "none"}), NoNoise)
    for law in (Bipolar(std=0.1, shared="all"), NoNoise(), *LAWS):
        held = Holder(noise=law)
        assert Holder.model_validate_json(held.canonical_json()) == held
        assert hash(held) == hash(Holder(noise=law))


@pytest.mark.parametrize(
    ("noise", "word"),
    [
        ({"kind": "bipolar"}, "std"),
        ({"kind": "bipolar", "std": -0.1}, "std = -0.1"),
        ({"kind": "gaussian", "std": float("nan")}, "std = nan"),
        ({"kind": "gaussian", "std": 0.1, "shared": "everyone"}, "'sample', 'batch' or 'all'"),
        ({"kind": "pink", "std": 0.1}, "none, bipolar, uniform, gaussian"),
        ({"kind": "none", "std": 0.1}, "std"),
        ({"kind": "student_t", "std": 0.1, "dof": 4}, "greater than 4"),
        ({"kind": "three_point", "std": 0.1, "excess": -2.1}, "greater than or equal to -2"),
    ],
)
def test_bad_noise_is_one_sentence(noise, word):
    with pytest.raises(BadInput) as caught:
        Holder.build(noise=noise)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_vectors_per_step():
    assert [Gaussian(std=1, shared=s).vectors(6) for s in ("sample", "batch", "all")] == [6, 1, 1]
