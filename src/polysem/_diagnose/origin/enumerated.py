"""Networks without tied weights whose inputs can be listed: x → hidden layers → x̂, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from polysem._diagnose.origin.network import Beside, Parameters, Reading, Wire

Forward = Callable[[Parameters, torch.Tensor], torch.Tensor]
"""Weights with an axis of copies, inputs (samples, n) → outputs (copies, samples, n)."""


@dataclass
class EnumeratedNetwork:
    """A network with a loss Σ_s ω_s ‖ŷ(x_s) − y_s‖² + l1 Σ|wires| over all its inputs.

    `weights` — one copy. `inputs`, `targets` (samples, features), `counts` (samples,) their ω.
    The penalty is on the wires, as on the tied network's encodings. Evaluation is exact.
    """

    weights: Parameters
    forward: Forward
    wires: tuple[Wire, ...]
    inputs: torch.Tensor
    targets: torch.Tensor
    counts: torch.Tensor
    l1: float = 0.0
    beside: tuple[Beside, ...] = ()
    reading: Reading = field(default_factory=Reading)
    linear: bool = False
    exact: bool = True
    same_data: bool = True

    def __post_init__(self) -> None:
        self.n_features, self.n_neurons = self.wires[0].view(self.weights).shape[-2:]
        self.worth = float((self.counts * self.targets.square().sum(-1)).sum()) / self.n_features

    def parameters(self) -> Parameters:
        """The trained weights."""
        return self.weights

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """(copies, 1)."""
        error = (self.forward(parameters, self.inputs) - self.targets).square().sum(-1)
        loss = (error * self.counts).sum(-1)
        for wire in self.wires:
            loss = loss + self.l1 * wire.view(parameters).abs().sum((-1, -2))
        return loss[:, None]

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): the same as `losses`."""
        return self.losses(parameters)[:, 0]


def untied(hidden: str = "relu") -> Forward:
    """x̂ = ReLU(D φ(E x + b) + c): E (n, m), D (m, n), b (m,), c (n,); φ "relu" or "none"."""
    phi = {"relu": torch.relu, "none": lambda z: z}[hidden]

    def forward(p: Parameters, x: torch.Tensor) -> torch.Tensor:
        h = phi(x @ p["encoder"] + p["bias"][:, None])
        return torch.relu(h @ p["decoder"] + p["out_bias"][:, None])

    return forward


def two_hidden(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    """x̂ = ReLU(D ReLU(M ReLU(E x + b₁) + b₂) + c): E (n, m₁), M (m₁, m₂), D (m₂, n)."""
    first = torch.relu(x @ p["encoder"] + p["bias"][:, None])
    second = torch.relu(first @ p["middle"] + p["bias2"][:, None])
    return torch.relu(second @ p["decoder"] + p["out_bias"][:, None])


UNTIED_WIRES = (Wire("encoder"), Wire("decoder", transposed=True))
UNTIED_BESIDE = (Beside("bias", 0),)


@dataclass(frozen=True)
class HiddenLayer:
    """Which layer is diagnosed: its wires to the features, and what else its neurons have."""

    wires: tuple[Wire, ...]
    beside: tuple[Beside, ...]


FIRST_OF_TWO = HiddenLayer((Wire("encoder"),), (Beside("bias", 0), Beside("middle", 0)))
SECOND_OF_TWO = HiddenLayer(
    (Wire("decoder", transposed=True),), (Beside("bias2", 0), Beside("middle", 1))
)
"""Either hidden layer of `two_hidden`."""
