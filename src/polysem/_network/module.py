"""The tied autoencoder as a torch module, for every seed at once."""

from __future__ import annotations

import torch
from torch import nn

from polysem._errors import BadInput
from polysem._network.noise import noisy_loss
from polysem._network.problem import Problem
from polysem._network.tied import forward, loss


class TiedAutoencoder(nn.Module):
    """x̂ = ReLU(W Wᵀ x), for `seeds` independent networks.

    `W` — the one Parameter: (seeds, n_features, n_neurons). Encoder and decoder are tied by being
    the same tensor, so no optimiser can let them drift apart.
    """

    W: nn.Parameter

    def __init__(self, W: torch.Tensor) -> None:
        super().__init__()
        if W.ndim != 3 or not W.is_floating_point():
            raise BadInput(
                f"W has shape {tuple(W.shape)} and type {W.dtype}; real numbers of shape "
                "(seeds, n_features, n_neurons) are needed."
            )
        self.W = nn.Parameter(W)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstructions (seeds, samples, n) of inputs x: (samples, n) or (seeds, samples, n)."""
        return forward(self.W, x)

    def loss(self, problem: Problem | float, xi: torch.Tensor | None = None) -> torch.Tensor:
        """Loss of each seed over all inputs, n one-hot ones by default: (seeds,).

        `problem` — what to lose, or λ for the base model. `xi` — noise on the hidden layer,
        (seeds or 1, inputs or 1, m), if there is any.
        """
        if isinstance(problem, Problem):
            if not problem.is_base:
                if xi is None:
                    return problem.loss(self.W)
                return noisy_loss(self.W, xi, problem)
            problem = problem.l1
        return loss(self.W, problem) if xi is None else noisy_loss(self.W, xi, problem)
