"""The buffered gradients against their readable twins, and that they allocate nothing."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from polysem._network import gradient
from polysem._network.noise import Bipolar, Gaussian, noisy_gradient
from polysem._train.gradient import (
    AutogradGradient,
    ClosedGradient,
    NoisyGradient,
    make_gradient,
)
from polysem._train.noise_stream import NoiseStream
from polysem._train.options import TrainOptions

SHARED = ["sample", "batch", "all"]


def some_weights(*shape, dtype=torch.float64):
    W = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)
    W[..., 0, 1:3] = 0
    W[0, 1] = 0
    return W / shape[-1] ** 0.5


def stream(noise, W):
    return NoiseStream(noise, range(len(W)), W.shape[1], W.shape[2], like=W)


@pytest.mark.parametrize("l1", [0.0, 0.25])
@pytest.mark.parametrize("shape", [(1, 2, 3), (3, 6, 10), (2, 9, 4)])
def test_closed_gradient_is_its_twin_however_often_it_is_called(shape, l1):
    W = some_weights(*shape)
    grad = torch.full_like(W, float("nan"))
    closed = ClosedGradient(W, grad, l1)
    for _ in range(3):
        closed()
        torch.testing.assert_close(grad, gradient(W, l1), rtol=1e-12, atol=1e-13)
        W.mul_(1.1)


@pytest.mark.parametrize("shared", SHARED)
def test_noisy_gradient_is_its_twin_with_strong_noise(shared):
    noise = Gaussian(std=1.5, shared=shared)
    W = some_weights(3, 8, 16)
    grad = torch.full_like(W, float("nan"))
    ours, same = NoisyGradient(W, grad, 0.1, stream(noise, W)), stream(noise, W)
    silent = 0
    for _ in range(5):
        ours()
        xi = same.next()
        silent += int(((W * (W + xi)).sum(-1) < 0).sum())
        torch.testing.assert_close(grad, noisy_gradient(W, xi, 0.1), rtol=1e-12, atol=1e-13)
    assert silent > 0


@pytest.mark.parametrize("noise", [None, Bipolar(std=0.5), Gaussian(std=1, shared="batch")])
def test_autograd_and_closed_gradients_agree(noise):
    W = some_weights(2, 6, 7)
    grads = torch.full((2, *W.shape), float("nan"), dtype=W.dtype)
    options = TrainOptions() if noise is None else TrainOptions(noise=noise)
    for grad, how in zip(grads, ("closed", "autograd"), strict=True):
        chosen = options.model_copy(update={"gradient": how})
        call = make_gradient(chosen, W, grad, 0.3, [3, 4])
        call()
        call()
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-12, atol=1e-13)


def test_make_gradient_chooses_the_class():
    W = some_weights(1, 2, 3)

    def chosen(**settings):
        return type(make_gradient(TrainOptions(**settings), W, torch.zeros_like(W), 0.1, [0]))

    assert chosen() is ClosedGradient
    assert chosen(noise=Bipolar(std=0.1)) is NoisyGradient
    assert chosen(gradient="autograd", noise=Bipolar(std=0.1)) is AutogradGradient


class Results(TorchDispatchMode):
    """Collects the addresses of all tensors that operations return."""

    def __init__(self):
        super().__init__()
        self.addresses = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.addresses.add(result.untyped_storage().data_ptr())
        return result


@pytest.mark.parametrize("noisy", [False, True])
def test_no_step_allocates(noisy):
    W = some_weights(2, 5, 6)
    grad = torch.zeros_like(W)
    if noisy:
        call = NoisyGradient(W, grad, 0.1, stream(Bipolar(std=0.1), W))
        own = {W, grad, call._H, call._P, call._active, call._stream._block}
    else:
        call = ClosedGradient(W, grad, 0.1)
        own = {W, grad, call._C}
    call()
    with Results() as seen:
        call()
    assert seen.addresses <= {tensor.untyped_storage().data_ptr() for tensor in own}
    with Results() as seen:
        gradient(W, 0.1)
    assert not seen.addresses <= {tensor.untyped_storage().data_ptr() for tensor in own}
