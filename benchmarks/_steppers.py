"""Rivals that make a fixed number of identical steps: proximal Euler, the authors' procedure."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from polysem._flow.reference import euler_step

EULER_DT = 0.01
AUTHORS_STEPS = 7500
AUTHORS_LR = 1e-3


class ProximalEuler:
    """Dense proximal Euler in float32, the textbook way to keep exact zeros."""

    def __init__(self, W0: np.ndarray, l1: float, dt: float = EULER_DT) -> None:
        self.W, self.l1, self.dt = W0.astype(np.float32), l1, dt

    def step(self) -> None:
        self.W = euler_step(self.W, self.l1, self.dt)

    def weights(self) -> np.ndarray:
        return self.W


class AuthorsAdamW:
    """The published procedure: forward pass on one-hot inputs, autograd, torch's AdamW."""

    def __init__(self, W0: np.ndarray, l1: float, lr: float = AUTHORS_LR) -> None:
        self.W = torch.nn.Parameter(torch.tensor(W0[None], dtype=torch.float32))
        self.optimiser = torch.optim.AdamW([self.W], lr=lr)
        self.x = torch.eye(len(W0)).expand(1, -1, -1)
        self.l1 = l1

    def loss(self) -> torch.Tensor:
        hidden = torch.einsum("sbi,sik->sbk", self.x, self.W)
        output = F.relu(torch.einsum("sbk,sik->sbi", hidden, self.W))
        squares = F.mse_loss(output, self.x, reduction="sum")
        return squares + self.l1 * torch.norm(self.W, p=1)

    def step(self) -> None:
        self.optimiser.zero_grad()
        self.loss().backward()
        self.optimiser.step()

    def weights(self) -> np.ndarray:
        return self.W.detach().numpy()[0]
