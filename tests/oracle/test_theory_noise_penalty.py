"""The implicit penalty of noise against quadrature over characteristic functions, and sampling."""

import numpy as np
import pytest
import torch

from polysem._errors import BadInput
from polysem._network.noise import (
    Bipolar,
    Gaussian,
    Laplace,
    StudentT,
    ThreePoint,
    Uniform,
    noisy_loss,
)
from polysem._theory.noise_penalty import (
    LARGEST_RATIO,
    gaussian_cost,
    implicit_penalty,
    kurtosis_cost,
)

STD = 0.2


def three_point(excess):
    p = 1 / (excess + 3)
    return lambda t: 1 - p + p * np.cos(t / np.sqrt(p))


# Characteristic functions of the laws at unit variance, written here from textbooks.
LAWS = {
    "bipolar": (Bipolar(std=STD), np.cos),
    "uniform": (Uniform(std=STD), lambda t: np.sinc(np.sqrt(3) * t / np.pi)),
    "gaussian": (Gaussian(std=STD), lambda t: np.exp(-(t**2) / 2)),
    "laplace": (Laplace(std=STD), lambda t: 1 / (1 + t**2 / 2)),
    "three points, light": (ThreePoint(std=STD, excess=-1), three_point(-1)),
    "three points, heavy": (ThreePoint(std=STD, excess=2), three_point(2)),
}


def by_quadrature(mu, row, unit, target):
    """E (ReLU(μ + w·ξ) − y)² less its Gaussian value, from the difference of characteristic
    functions and the Fourier transforms 2/(it)³ of ReLU², 1/(it)² of ReLU."""
    s = STD * np.linalg.norm(row)
    t = np.linspace(1e-3, 25 / s, 6_001)
    law = np.prod(unit(STD * row[:, None] * t), axis=0)
    extra = law - np.exp(-((s * t) ** 2) / 2)
    square, mean = -2 * np.sin(mu * t) / t**3, -np.cos(mu * t) / t**2
    return np.trapezoid(extra * (square - 2 * target * mean), t) / np.pi


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("name", LAWS)
def test_the_kurtosis_term_is_what_quadrature_finds(name, target):
    """Within 1.3 times |κ| ΣW⁴/‖W‖⁴ of the largest value over overlaps, and with the right sign."""
    law, unit = LAWS[name]
    row = np.random.default_rng(1).normal(size=128) / 11
    ratio = abs(law.excess_kurtosis) * (row**4).sum() / np.linalg.norm(row) ** 4
    assert ratio <= LARGEST_RATIO
    s = STD * np.linalg.norm(row)
    mu = s * np.linspace(-2.5, 0, 11) if target == 0 else s * np.linspace(-2, 3, 11)
    exact = np.array([by_quadrature(one, row, unit, target) for one in mu])
    found = kurtosis_cost(mu, np.linalg.norm(row), (row**4).sum(), STD, law.excess_kurtosis, target)
    assert np.abs(found - exact).max() <= 1.3 * ratio * np.abs(exact).max() + 1e-9
    if target == 0:
        assert (np.sign(found) == np.sign(law.excess_kurtosis) * (mu < 0)).all()


def test_in_the_brief_form_for_negative_overlaps():
    """(κσ⁴/12) Σ W⁴ (|μ|/s³) φ(μ/s)."""
    row, mu, kappa = np.array([0.3, -0.5, 0.2]), -0.07, 1.7
    s = STD * np.linalg.norm(row)
    phi = np.exp(-((mu / s) ** 2) / 2) / np.sqrt(2 * np.pi)
    by_hand = kappa * STD**4 / 12 * (row**4).sum() * abs(mu) / s**3 * phi
    assert kurtosis_cost(mu, np.linalg.norm(row), (row**4).sum(), STD, kappa) == pytest.approx(
        by_hand, rel=1e-12
    )


@pytest.mark.parametrize("target", [0, 1])
def test_the_gaussian_part_is_what_quadrature_finds(target):
    z = np.linspace(-9, 9, 20_001)
    mu, s = np.array([-0.5, -0.1, 0.0, 0.3]), 0.4
    values = (np.maximum(mu[:, None] + s * z, 0) - target) ** 2
    expected = np.trapezoid(values * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), z)
    np.testing.assert_allclose(gaussian_cost(mu, s, target), expected, atol=1e-7)


@pytest.mark.statistical
@pytest.mark.parametrize(
    "law", [Bipolar(std=STD), Gaussian(std=STD), Laplace(std=STD), StudentT(std=STD, dof=8)]
)
def test_the_noisy_loss_is_the_gaussian_cost_and_the_penalty(law):
    """2,000 batches of noise for one network. The difference is within 5 standard errors (false
    alarms: 6e-7 for each law) and a sixth of the penalty, the error of the first order."""
    n, m = 5, 100
    W = torch.tensor(np.random.default_rng(3).normal(size=(n, m)) / np.sqrt(m))
    generator, xi = torch.Generator().manual_seed(5), torch.empty(2000, n, m)
    law.unit(xi, generator)
    losses = noisy_loss(W, STD * xi.double(), 0.0)
    A = W.numpy()
    spread = STD * np.linalg.norm(A, axis=1)
    expected = gaussian_cost(A @ A.T, spread, np.eye(n)).sum()
    penalty = implicit_penalty(A, STD, law.excess_kurtosis)
    allowed = 5 * float(losses.std()) / 2000**0.5 + abs(penalty.value) / 6
    assert abs(float(losses.mean()) - expected - penalty.value) < allowed


def test_the_domain_is_encodings_that_are_spread_out():
    W = np.random.default_rng(0).normal(size=(4, 100)) / 10
    assert implicit_penalty(W, 0.1, -2).in_domain
    assert not implicit_penalty(np.eye(4, 100), 0.1, -2).in_domain
    assert implicit_penalty(np.eye(4, 100), 0.1, 0).value == 0
    assert implicit_penalty(np.zeros((2, 3)), 0.1, -2).value == 0  # the dead cost nothing


@pytest.mark.parametrize(
    ("W", "std", "kurtosis", "word"),
    [(np.ones(3), 0.1, 0, "shape"), (np.eye(2), 0, 0, "std"), (np.eye(2), 0.1, -3, "kurtosis")],
)
def test_bad_arguments_are_one_sentence(W, std, kurtosis, word):
    with pytest.raises(BadInput, match=word):
        implicit_penalty(W, std, kurtosis)
