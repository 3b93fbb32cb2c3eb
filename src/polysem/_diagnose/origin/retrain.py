"""Matched short retraining of many masked copies at once, with common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol, cast

import torch
from pydantic import Field

from polysem._config import Config
from polysem._diagnose.origin.network import Parameters, Rewirable, masked_, same_data

BETA1, BETA2, TINY = 0.9, 0.999, 1e-8


class Horizon(Config):
    """How long is retrained: Adam for `steps` at `rate`, with a cosine tail over the last half.

    `jitter` — standard deviation of the noise added to the weights of every copy at the start, in
    units of the root mean square norm of a feature: it lets weights at zero, a fixed point, move.

    What counts is the summed rate, 0.75 of steps × rate. Half as many steps of 0.01 cost half as
    much and are too coarse: in the benchmark they moved costs near ε by up to half of it.
    """

    steps: Annotated[int, Field(ge=1, le=100_000)] = 200
    rate: Annotated[float, Field(gt=0, le=1)] = 0.005
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.003

    def rates(self) -> torch.Tensor:
        """Learning rate of every step: (steps,)."""
        tail = max(self.steps // 2, 1)
        falling = 0.5 * (1 + torch.cos(torch.pi * (torch.arange(tail) + 0.5) / tail))
        return self.rate * torch.cat([torch.ones(self.steps - tail), falling])

    def words(self) -> str:
        """The horizon in a few words."""
        return f"{self.steps} Adam steps at {self.rate:g} with a cosine tail"


class BySeed(Protocol):
    """A network whose seeds bring their own data, and yet can be trained together."""

    def losses_by_seed(
        self, parameters: Parameters, seeds: Sequence[int], step: int
    ) -> torch.Tensor:
        """(copies,): `training_loss` of each copy under its own seed."""
        ...


def jitter(network: Rewirable, horizon: Horizon, seed: int) -> Parameters:
    """Noise for one copy, the same for all copies of a retraining seed."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, values in network.parameters().items():
        noise = torch.randn(values.shape, generator=generator)
        found[name] = noise.to(values) * _scale(values) * horizon.jitter
    return found


def _jitters(network: Rewirable, horizon: Horizon, seeds: Sequence[int]) -> Parameters:
    """Noise of each copy, by its seed, with the axis of copies."""
    drawn = {seed: jitter(network, horizon, seed) for seed in dict.fromkeys(seeds)}
    return {
        name: torch.stack([drawn[seed][name] for seed in seeds]) for name in network.parameters()
    }


def _scale(values: torch.Tensor) -> float:
    """Root mean square norm of the rows of a matrix; of a vector, its root mean square."""
    if values.ndim < 2:
        return float(values.square().mean().sqrt())
    return float(values.norm(dim=-1).square().mean().sqrt())


def retrain(
    network: Rewirable,
    start: Parameters,
    mask: torch.Tensor | None,
    horizon: Horizon,
    seed: int | Sequence[int],
) -> Parameters:
    """Train copies for the horizon: `start` and `mask` with a leading axis of copies.

    A mask (copies, features, neurons) of 0 and 1 holds in every step; None is the sham. Every copy
    gets the jitter and the data of `seed`. A copy's course does not depend on the others.

    `seed` may be one per copy where the data do not depend on it (`same_data`), or where the
    network has `losses_by_seed`, which gives every copy the data of its own.
    """
    if isinstance(seed, int):
        noise = jitter(network, horizon, seed)
    else:
        noise = _jitters(network, horizon, seed)
    now = {name: (v + noise[name]).contiguous() for name, v in start.items()}
    if mask is not None:
        masked_(network, now, mask)
    first = {name: torch.zeros_like(v) for name, v in now.items()}
    second = {name: torch.zeros_like(v) for name, v in now.items()}
    for step, rate in enumerate(horizon.rates().tolist()):
        slopes = _slopes(network, now, seed, step)
        with torch.no_grad():
            for name, g in slopes.items():
                first[name].lerp_(g, 1 - BETA1)
                second[name].mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
                size = (second[name] / (1 - BETA2 ** (step + 1))).sqrt_().add_(TINY)
                now[name].addcdiv_(first[name], size, value=-rate / (1 - BETA1 ** (step + 1)))
            if mask is not None:
                masked_(network, now, mask)
    return now


def _slopes(
    network: Rewirable, now: Parameters, seed: int | Sequence[int], step: int
) -> Parameters:
    """Gradient of the sum of all copies' losses, which is each copy's own."""
    leaves = {name: v.detach().requires_grad_() for name, v in now.items()}
    if isinstance(seed, int):
        loss = network.training_loss(leaves, seed, step).sum()
    elif same_data(network):
        loss = network.training_loss(leaves, seed[0], step).sum()
    else:
        loss = cast(BySeed, network).losses_by_seed(leaves, seed, step).sum()
    slopes = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return {
        name: torch.zeros_like(v) if g is None else g
        for (name, v), g in zip(leaves.items(), slopes, strict=True)
    }
