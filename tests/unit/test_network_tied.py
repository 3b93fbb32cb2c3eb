"""The network's mathematics against autograd, finite differences and hand-made numbers."""

import numpy as np
import pytest
import torch

from polysem import network

SIZES = [(1, 1), (1, 5), (4, 3), (5, 16), (7, 7)]


def weights(rng, n, m, zeros=0.3):
    """Random float64 weights, some of them exactly zero."""
    W = rng.normal(size=(n, m))
    W[rng.random((n, m)) < zeros] = 0
    return W


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("l1", [0.0, 0.05, 2.0])
def test_gradient_equals_autograd_also_where_weights_are_zero(rng, n, m, l1):
    W = torch.tensor(weights(rng, n, m), requires_grad=True)
    x = torch.eye(n, dtype=W.dtype)
    output = torch.relu(x @ W @ W.T)
    total = torch.nn.functional.mse_loss(output, x, reduction="sum") + l1 * W.abs().sum()
    total.backward()
    assert W.grad is not None
    assert torch.allclose(network.loss(W, l1), total, rtol=1e-12)
    ours = network.gradient(W.detach(), l1)
    assert (ours - W.grad).norm() <= 1e-12 * max(1.0, W.grad.norm())


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_gradient_equals_finite_differences_away_from_zero(rng, n, m):
    W, l1, h = weights(rng, n, m, zeros=0), 0.3, 1e-6
    numeric = np.zeros_like(W)
    for index in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[index] = h
        numeric[index] = (network.loss(W + step, l1) - network.loss(W - step, l1)) / (2 * h)
    analytic = network.gradient(W, l1)
    assert np.linalg.norm(numeric - analytic) <= 1e-6 * np.linalg.norm(analytic)


def test_one_sided_derivatives_at_a_zero_weight_are_the_subdifferential(rng):
    """At W_ik = 0 the loss has slopes g + λ and −g + λ; `gradient` reports g, `velocity` obeys."""
    W, l1, h = weights(rng, 4, 6), 0.7, 1e-7
    g, v = network.gradient(W, l1), network.velocity(W, l1)
    for index in zip(*np.nonzero(W == 0), strict=True):
        step = np.zeros_like(W)
        step[index] = h
        up = (network.loss(W + step, l1) - network.loss(W, l1)) / h
        down = (network.loss(W - step, l1) - network.loss(W, l1)) / h
        assert up == pytest.approx(g[index] + l1, abs=1e-4)
        assert down == pytest.approx(-g[index] + l1, abs=1e-4)
        held = up >= 0 and down >= 0
        assert (v[index] == 0) == held
        if not held:  # the flow goes downhill, at the rate of the slope
            assert v[index] == pytest.approx(-up if up < 0 else down, abs=1e-4)


def test_the_three_forces_add_up_to_minus_the_gradient(rng):
    W, l1 = weights(rng, 6, 9), 0.2
    total = network.feature_benefit(W) + network.interference(W) + network.regularisation(W, l1)
    np.testing.assert_allclose(total, -network.gradient(W, l1), atol=1e-12)


def test_forces_on_one_pair_by_hand():
    W = np.array([[0.5, 0.0], [0.6, 0.0]])  # same sign on neuron 0: overlap 0.3
    np.testing.assert_allclose(network.feature_benefit(W)[:, 0], [4 * 0.75 * 0.5, 4 * 0.64 * 0.6])
    np.testing.assert_allclose(network.interference(W)[:, 0], [-4 * 0.3 * 0.6, -4 * 0.3 * 0.5])
    np.testing.assert_array_equal(network.regularisation(W, 0.1), [[-0.1, 0], [-0.1, 0]])
    opposite = W * [[1], [-1]]
    np.testing.assert_array_equal(network.interference(opposite), 0)


def test_batched_over_seeds_and_the_same_in_torch(rng):
    W = rng.normal(size=(3, 4, 5))
    for f in (network.gradient, network.velocity, network.loss):
        alone = np.stack([f(one, 0.1) for one in W])
        np.testing.assert_allclose(f(W, 0.1), alone, atol=1e-13)
        np.testing.assert_allclose(f(torch.tensor(W), 0.1).numpy(), alone, atol=1e-13)


def test_forward_is_relu_of_the_gram_matrix_on_one_hot_inputs(rng):
    W = rng.normal(size=(2, 4, 5))
    output = network.forward(W, np.eye(4))
    np.testing.assert_allclose(output, np.maximum(network.gram(W), 0), atol=1e-13)


def test_two_features_alone_on_one_neuron():
    """d(a−b)/dt = 4 (a−b)(1−a²−b²) for equal signs, interference and λ included."""
    a, b, l1 = 0.7, 0.4, 0.05
    v = network.velocity(np.array([[a], [b]]), l1)[:, 0]
    assert v[0] - v[1] == pytest.approx(4 * (a - b) * (1 - a**2 - b**2))
