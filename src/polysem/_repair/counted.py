"""What a repair costs, counted in steps of a training."""

from __future__ import annotations

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable

FORWARD = 1 / 3
"""An evaluation of the loss, in gradients of it: the backward pass costs two forward passes."""


class Counted:
    """A `Rewirable` that passes everything on and counts it.

    `steps` — work so far. One copy's gradient on one batch is 1 (what one step of a training
    costs), one copy's loss on one batch is ⅓.
    """

    def __init__(self, network: Rewirable) -> None:
        self.network = network
        self.steps = 0.0
        self.n_features, self.n_neurons = network.n_features, network.n_neurons
        self.wires, self.beside = network.wires, network.beside
        self.linear, self.reading = network.linear, network.reading
        self.worth, self.exact = network.worth, network.exact
        self.batches_per_step = int(getattr(network, "batches_per_step", 1))

    def parameters(self) -> Parameters:
        """As of the network."""
        return self.network.parameters()

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """As of the network."""
        found = self.network.losses(parameters)
        self.steps += found.numel() * FORWARD
        return found

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """As of the network."""
        found = self.network.training_loss(parameters, seed, step)
        self.steps += found.numel() * self.batches_per_step
        return found
