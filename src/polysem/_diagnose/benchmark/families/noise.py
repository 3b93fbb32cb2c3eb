"""Bipolar noise on the hidden layer, no ℓ1: winner-take-all by noise (strength: its σ).

The expectation over noise is exact: all 2^m sign vectors are listed.
"""

from __future__ import annotations

import torch

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork


class NoisyNetwork(TiedNetwork):
    """A tied autoencoder whose loss is the mean over every sign of bipolar noise of size σ."""

    def __init__(self, W: torch.Tensor, sigma: float) -> None:
        super().__init__(W, 0.0)
        signs = torch.arange(2**self.n_neurons)[:, None] >> torch.arange(self.n_neurons) & 1
        self.noise = sigma * (2.0 * signs - 1)

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """(copies, 1): E Σ_i ‖ReLU(W(W_i + ξ)) − e_i‖²."""
        W = parameters["W"]
        push = self.noise @ W.mT  # (copies, signs, features): what the noise adds to each output
        outputs = torch.relu((W @ W.mT)[:, None] + push[:, :, None, :])
        error = outputs - torch.eye(self.n_features)
        return error.square().sum((-1, -2)).mean(-1, keepdim=True)

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): the same."""
        return self.losses(parameters)[:, 0]


def _build(cell: Cell, parameters: Parameters) -> NoisyNetwork:
    return NoisyNetwork(parameters["W"], cell.strength)


CELLS = (Cell(6, 3, 0.2), Cell(6, 4, 0.2), Cell(6, 5, 0.2), Cell(6, 6, 0.15))
FAMILY = Family("noise", CELLS, _build, tied_start)
