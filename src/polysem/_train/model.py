"""What a training moves: one tensor for all seeds, its gradient, and the encodings in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from polysem._network import Problem
from polysem._train.deep import deep_loss, encodings_of, split
from polysem._train.gradient import Gradient, make_gradient
from polysem._train.inputs import DrawnInputs, EveryInput
from polysem._train.noise_stream import noise_stream
from polysem._train.options import TrainOptions
from polysem._types import Weights


class TiedModel:
    """One tied layer without biases: the tensor is W, (seeds, n, m)."""

    def __init__(
        self,
        W0: Weights,
        problem: Problem,
        options: TrainOptions,
        device: torch.device,
        seeds: Sequence[int],
    ) -> None:
        dtype = getattr(torch, options.dtype)
        self.theta = torch.tensor(np.ascontiguousarray(W0), dtype=dtype, device=device)
        self.grad = torch.zeros_like(self.theta)
        self.gradient: Gradient = make_gradient(options, self.theta, self.grad, problem, seeds)

    def encodings(self, place: int) -> Weights:
        """W of one seed, (n, m); a view of the live weights on the CPU."""
        return self.theta[place].cpu().numpy()

    def layers(self, place: int) -> Weights | None:
        """None: there is only one."""
        return None


class DeepModel:
    """Any other architecture: the tensor holds every parameter, (seeds, numbers)."""

    def __init__(
        self,
        W0: Weights,
        problem: Problem,
        options: TrainOptions,
        device: torch.device,
        seeds: Sequence[int],
    ) -> None:
        self._problem, dtype = problem, getattr(torch, options.dtype)
        self._shapes = problem.architecture.shapes(*W0.shape[1:])
        self.theta = flat_start(W0, problem, seeds).to(device, dtype)
        self.grad = torch.zeros_like(self.theta)
        self.gradient: Gradient = DeepGradient(self, problem, options, seeds, W0.shape)

    def parameters(self, theta: torch.Tensor) -> dict[str, torch.Tensor]:
        """Name → view (seeds, …) of `theta`."""
        return split(theta, self._shapes)

    def encodings(self, place: int) -> Weights:
        """The encodings at the last layer, (n, m)."""
        return self._all(place)[-1]

    def layers(self, place: int) -> Weights | None:
        """The encodings at every layer, (layers, n, m)."""
        return self._all(place)

    def _all(self, place: int) -> Weights:
        own = self.parameters(self.theta[place : place + 1])
        return encodings_of(self._problem, own)[0].cpu().numpy()


class DeepGradient:
    """Autograd through the whole network."""

    how = "autograd"

    def __init__(
        self,
        model: DeepModel,
        problem: Problem,
        options: TrainOptions,
        seeds: Sequence[int],
        shape: tuple[int, ...],
    ) -> None:
        self._model, self._problem = model, problem
        like = torch.empty(shape[0], *shape[1:], dtype=model.theta.dtype, device=model.theta.device)
        batch = options.batch
        self._inputs = (
            EveryInput(problem, like) if batch is None else DrawnInputs(problem, batch, seeds, like)
        )
        self._stream = noise_stream(options, problem, seeds, like)

    def __call__(self) -> None:
        """Draw inputs and noise if they are drawn, and fill the gradient."""
        theta = self._model.theta.detach().requires_grad_()
        noise = {} if self._stream is None else self._stream.applied()
        parameters = self._model.parameters(theta)
        loss = deep_loss(self._problem, parameters, *self._inputs.next(), **noise)
        (found,) = torch.autograd.grad(loss.sum(), theta)
        self._model.grad.copy_(found)


Model = TiedModel | DeepModel


def make_model(
    W0: Weights,
    problem: Problem,
    options: TrainOptions,
    device: torch.device,
    seeds: Sequence[int],
) -> Model:
    """The model of the architecture of `problem`, started from W0: (seeds, n, m)."""
    kind = TiedModel if problem.architecture.plain else DeepModel
    return kind(W0, problem, options, device, seeds)


def flat_start(W0: Weights, problem: Problem, seeds: Sequence[int]) -> torch.Tensor:
    """All starting values, (seeds, numbers); float64, so that a given W0 keeps its bits."""
    rows = []
    for W1, seed in zip(W0, seeds, strict=True):
        found = {**problem.architecture.start(W1, seed), "W1": W1}
        rows.append(np.concatenate([value.astype(np.float64).ravel() for value in found.values()]))
    return torch.from_numpy(np.stack(rows))
