"""The gradient of the stacked loss, written into one buffer at every step.

Each class is called to fill `grad`: (seeds, n, m) for the present W. For the base model nothing is
allocated; the readable twins of its closed forms are `polysem._network.gradient` and
`polysem._network.noise.noisy_gradient`. Every other loss goes by the readable forms themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from polysem._network import Problem
from polysem._network.module import TiedAutoencoder
from polysem._network.noise import Dropout
from polysem._network.sampled import sampled_gradient, sampled_loss
from polysem._train.between import make_between
from polysem._train.inputs import DrawnInputs, EveryInput
from polysem._train.noise_stream import NoiseStream, noise_stream
from polysem._train.options import TrainOptions


class Gradient(Protocol):
    """Fills the buffer it was made with."""

    how: str
    """"closed" or "autograd"."""

    def __call__(self) -> None:
        """Fill the gradient."""
        ...


def make_gradient(
    options: TrainOptions,
    W: torch.Tensor,
    grad: torch.Tensor,
    problem: Problem | float,
    seeds: Sequence[int],
) -> Gradient:
    """The call that fills `grad` as `options` ask for; `problem` may be λ, for the base model."""
    problem = problem if isinstance(problem, Problem) else Problem(problem)
    drawn = None if options.batch is None else DrawnInputs(problem, options.batch, seeds, W)
    stream = noise_stream(options, problem, seeds, W)
    if not problem.is_base or drawn is not None or isinstance(options.noise, Dropout):
        inputs = drawn or EveryInput(problem, W)
        return SampledGradient(W, grad, problem, inputs, stream, options.gradient)
    if options.gradient == "autograd":
        return AutogradGradient(W, grad, problem.l1, stream)
    if stream is not None:
        return NoisyGradient(W, grad, problem.l1, stream)
    return ClosedGradient(W, grad, problem.l1)


class ClosedGradient:
    """4 (ReLU(G) − I) W + λ sign(W): two matrix products."""

    how = "closed"

    def __init__(self, W: torch.Tensor, grad: torch.Tensor, l1: float) -> None:
        self._W, self._grad, self._l1 = W, grad, l1
        self._C = W.new_empty(W.shape[0], W.shape[1], W.shape[1])
        self._between = make_between(W, self._C, grad)

    def __call__(self) -> None:
        """Fill the gradient."""
        torch.bmm(self._W, self._W.mT, out=self._C)
        self._between()
        self._grad.baddbmm_(self._C, self._W, beta=self._l1, alpha=4)


class NoisyGradient:
    """D W + Dᵀ (W + ξ) + λ sign(W) with fresh noise ξ: three matrix products."""

    how = "closed"

    def __init__(self, W: torch.Tensor, grad: torch.Tensor, l1: float, stream: NoiseStream) -> None:
        self._W, self._grad, self._l1, self._stream = W, grad, l1, stream
        self._H = torch.empty_like(W)
        self._P = W.new_empty(W.shape[0], W.shape[1], W.shape[1])
        self._diagonal = self._P.diagonal(dim1=-2, dim2=-1)
        self._active = torch.empty_like(self._diagonal)

    def __call__(self) -> None:
        """Draw ξ and fill the gradient."""
        W, H, P, grad = self._W, self._H, self._P, self._grad
        torch.add(W, self._stream.next(), out=H)
        torch.bmm(H, W.mT, out=P)
        P.clamp_(min=0)
        torch.sign(self._diagonal, out=self._active)  # 1 where P_ii > 0, else 0
        self._diagonal.sub_(self._active)  # P is now D/2
        torch.sign(W, out=grad)
        grad.baddbmm_(P, W, beta=self._l1, alpha=2)
        grad.baddbmm_(P.mT, H, alpha=2)


class AutogradGradient:
    """The base model by autograd: slow, independent of the formulas."""

    how = "autograd"

    def __init__(
        self, W: torch.Tensor, grad: torch.Tensor, l1: float, stream: NoiseStream | None
    ) -> None:
        self._model = TiedAutoencoder(W)
        self._model.W.grad = grad
        self._grad, self._l1, self._stream = grad, l1, stream

    def __call__(self) -> None:
        """Fill the gradient; torch adds it to the zeroed buffer."""
        self._grad.zero_()
        xi = None if self._stream is None else self._stream.next()
        self._model.loss(self._l1, xi).sum().backward()


class SampledGradient:
    """Every other loss of the tied network: its closed form, or what autograd makes of it."""

    def __init__(
        self,
        W: torch.Tensor,
        grad: torch.Tensor,
        problem: Problem,
        inputs: EveryInput | DrawnInputs,
        stream: NoiseStream | None,
        how: str,
    ) -> None:
        self._W, self._grad, self._problem = W, grad, problem
        self._inputs, self._stream = inputs, stream
        self.how = how

    def __call__(self) -> None:
        """Draw inputs and noise if they are drawn, and fill the gradient."""
        if self.how == "closed":
            self._grad.copy_(self._closed(self._W))
            return
        W = self._W.detach().requires_grad_()
        (found,) = torch.autograd.grad(self._loss(W).sum(), W)
        self._grad.copy_(found)

    @property
    def _exact(self) -> bool:
        """True if a step sees the expectation, free of noise."""
        return self._stream is None and isinstance(self._inputs, EveryInput)

    def _closed(self, W: torch.Tensor) -> torch.Tensor:
        if self._exact:  # the form in G: fewer products
            return self._problem.gradient(W)
        return sampled_gradient(self._problem, W, *self._inputs.next(), **self._noise())

    def _loss(self, W: torch.Tensor) -> torch.Tensor:
        if self._exact:
            return self._problem.loss(W)
        return sampled_loss(self._problem, W, *self._inputs.next(), **self._noise())

    def _noise(self) -> dict[str, torch.Tensor]:
        return {} if self._stream is None else self._stream.applied()
