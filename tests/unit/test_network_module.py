"""The tied autoencoder as a torch module."""

import pytest
import torch

from polysem import _network as tied
from polysem._errors import BadInput
from polysem._network.module import TiedAutoencoder
from polysem._network.noise import noisy_loss


def some_weights(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_one_parameter_shares_the_memory_of_w():
    W = some_weights(2, 3, 5)
    model = TiedAutoencoder(W)
    assert [name for name, _ in model.named_parameters()] == ["W"]
    assert model.W.data_ptr() == W.data_ptr()


def test_forward_on_one_hot_inputs_is_relu_of_the_overlaps():
    W = some_weights(2, 3, 5)
    x = torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(TiedAutoencoder(W)(x), torch.relu(W @ W.mT))


def test_forward_takes_samples_per_seed():
    W, x = some_weights(2, 3, 5), some_weights(2, 7, 3)
    found = TiedAutoencoder(W)(x)
    assert found.shape == (2, 7, 3)
    for seed in range(2):
        hidden = x[seed] @ W[seed]
        torch.testing.assert_close(found[seed], torch.relu(hidden @ W[seed].T))


def test_loss_is_summed_over_inputs_and_kept_apart_by_seed():
    W = some_weights(2, 3, 5)
    model = TiedAutoencoder(W)
    error = torch.relu(W @ W.mT) - torch.eye(3, dtype=torch.float64)
    expected = (error**2).sum((1, 2)) + 0.1 * W.abs().sum((1, 2))
    torch.testing.assert_close(model.loss(0.1), expected)


def test_loss_with_noise():
    W, xi = some_weights(2, 3, 5), some_weights(1, 1, 5)
    torch.testing.assert_close(TiedAutoencoder(W).loss(0.1, xi), noisy_loss(W, xi, 0.1))


def test_gradient_of_the_module_is_the_closed_form():
    model = TiedAutoencoder(some_weights(2, 4, 3))
    model.loss(0.2).sum().backward()
    torch.testing.assert_close(model.W.grad, tied.gradient(model.W.detach(), 0.2))


@pytest.mark.parametrize("W", [torch.ones(3, 4), torch.ones(2, 3, 4, dtype=torch.int64)])
def test_wrong_weights_are_refused(W):
    with pytest.raises(BadInput, match=r"\(seeds, n_features, n_neurons\)"):
        TiedAutoencoder(W)
