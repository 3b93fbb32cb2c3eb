"""What a network must offer to have its features moved between neurons: one small protocol.

A *copy* is one setting of all weights. Copies are stacked along a leading axis, so that many
masked networks are trained together; nothing may mix them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

Parameters = dict[str, torch.Tensor]
"""Weights by name; with a leading axis of copies wherever a function says so."""

DEAD = 1e-6
"""A neuron is dead if its strongest wire is at most this × the strongest of the layer."""


@dataclass(frozen=True)
class Wire:
    """A matrix of weights between features and neurons, called `name` among the parameters.

    `transposed` — it is stored as (neurons, features), as `nn.Linear` stores what leads in.
    """

    name: str
    transposed: bool = False

    def view(self, parameters: Parameters) -> torch.Tensor:
        """(…, features, neurons), sharing memory with the parameter."""
        values = parameters[self.name]
        return values.mT if self.transposed else values


@dataclass(frozen=True)
class Beside:
    """Another parameter with one slice per neuron, such as a bias; `axis` of it without copies."""

    name: str
    axis: int


@dataclass(frozen=True)
class Reading:
    """Which neuron represents which feature: |strength| > fraction × a reference.

    `relative_to` "feature": the norm of the feature's strengths, as in the census. "neuron": the
    neuron's largest strength, for dense layers in which no neuron stands out for a feature.
    """

    relative_to: str = "feature"
    fraction: float = 0.5

    def represents(self, strengths: torch.Tensor) -> torch.Tensor:
        """Booleans of the shape of strengths (…, features, neurons), which are ≥ 0."""
        norms = strengths.norm(dim=-1, keepdim=True)
        alive = norms > 0.1 * norms.amax(-2, keepdim=True)
        if self.relative_to == "feature":
            bar = self.fraction * norms
        else:
            top = strengths.amax(-2, keepdim=True)
            bar = self.fraction * top + (top <= DEAD * strengths.amax((-1, -2), keepdim=True))
        return (strengths > bar) & alive


class Rewirable(Protocol):
    """A trained layer whose features can be moved between neurons, and its loss.

    `n_features`, `n_neurons`. `wires` — where features meet neurons; masking a feature on a neuron
    zeroes it in all of them. `beside` — the neurons' other parameters, which go along to a free
    neuron. `linear` — the hidden layer has no non-linearity, so its basis may be rotated.
    `reading` — when a neuron represents a feature. `worth` — one feature's worth: the loss of a
    network whose output is zero, divided by the number of features. `exact` — evaluation has no
    sampling error.
    """

    n_features: int
    n_neurons: int
    wires: tuple[Wire, ...]
    beside: tuple[Beside, ...]
    linear: bool
    reading: Reading
    worth: float
    exact: bool

    def parameters(self) -> Parameters:
        """The trained weights, one copy, without a leading axis."""
        ...

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """Loss of each copy on each part of the evaluation data: (copies, parts); one if exact."""
        ...

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """What is differentiated in step `step`: (copies,). The same data for every copy."""
        ...


def same_data(network: Rewirable) -> bool:
    """True if a step's training loss is the same for every retraining seed.

    Then copies of all seeds are trained together. A network says so with `same_data = True`;
    otherwise seeds are trained one after the other, unless it has a method `losses_by_seed(
    parameters, seeds, step)` → (copies,), which trains copies of all seeds together.
    """
    return bool(getattr(network, "same_data", False))


def seeds_together(network: Rewirable) -> bool:
    """True if copies of several retraining seeds can be trained together."""
    return same_data(network) or hasattr(network, "losses_by_seed")


def strengths(network: Rewirable, parameters: Parameters) -> torch.Tensor:
    """How strongly each neuron carries each feature: (…, features, neurons), ≥ 0.

    The geometric mean of |weight| over the wires; with one wire its |weight|.
    """
    product = torch.stack([wire.view(parameters).abs() for wire in network.wires]).prod(0)
    return product if len(network.wires) == 1 else product ** (1 / len(network.wires))


def encoding(network: Rewirable, parameters: Parameters) -> torch.Tensor:
    """The strengths with the sign of the first wire's weight: (…, features, neurons)."""
    return strengths(network, parameters) * network.wires[0].view(parameters).sign()


def represented(network: Rewirable, parameters: Parameters) -> torch.Tensor:
    """Which neuron represents which feature: booleans (…, features, neurons)."""
    return network.reading.represents(strengths(network, parameters))


def sharing(network: Rewirable, parameters: Parameters) -> torch.Tensor:
    """Polysemantic neurons plus features that no neuron represents: (copies,).

    What must fall for polysemanticity to be gone: a feature that died, or was smeared over many
    neurons so that none stands out, is not a neuron made pure.
    """
    held = represented(network, parameters)
    return (held.sum(-2) >= 2).sum(-1) + (~held.any(-1)).sum(-1)


def free_neurons(network: Rewirable, parameters: Parameters) -> torch.Tensor:
    """Neurons that represent no feature, homes for those that leave: booleans (…, neurons)."""
    return ~represented(network, parameters).any(-2)


def stacked(parameters: Parameters, copies: int) -> Parameters:
    """So many copies of one setting."""
    return {name: v.unsqueeze(0).repeat(copies, *[1] * v.ndim) for name, v in parameters.items()}


def joined(parts: list[Parameters]) -> Parameters:
    """Single settings as copies along a new leading axis."""
    return {name: torch.stack([part[name] for part in parts]) for name in parts[0]}


def masked_(network: Rewirable, parameters: Parameters, mask: torch.Tensor) -> None:
    """Zero in place where `mask` (…, features, neurons) is 0, in every wire."""
    for wire in network.wires:
        wire.view(parameters).mul_(mask)


def mean_losses(network: Rewirable, parameters: Parameters, most: int = 256) -> torch.Tensor:
    """Loss of each copy, (copies,), without gradients, so many copies at a time."""
    copies = len(next(iter(parameters.values())))
    with torch.no_grad():
        parts = [
            network.losses({n: v[left : left + most] for n, v in parameters.items()}).mean(-1)
            for left in range(0, copies, most)
        ]
    return torch.cat(parts)
