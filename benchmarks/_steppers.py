"""Rivals that make a fixed number of identical steps: proximal Euler, the authors' procedure."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

EULER_DT = 0.01
AUTHORS_STEPS = 7500
AUTHORS_LR = 1e-3


def smooth_force(W: np.ndarray) -> np.ndarray:
    """4 (W − ReLU(W Wᵀ) W): (n, m), by two products and as few temporaries as NumPy allows.

    Written here once more so that no rival pays for the generality of Polysem's own mathematics.
    """
    G = W @ W.T
    np.maximum(G, 0, out=G)
    force = W - G @ W
    force *= 4
    return force


class ProximalEuler:
    """Dense proximal Euler in float32, the textbook way to keep exact zeros."""

    def __init__(self, W0: np.ndarray, l1: float, dt: float = EULER_DT) -> None:
        self.W, self.l1, self.dt = W0.astype(np.float32), l1, dt

    def step(self) -> None:
        moved = smooth_force(self.W)
        moved *= self.dt
        moved += self.W
        self.W = np.sign(moved) * np.maximum(np.abs(moved) - self.l1 * self.dt, 0)

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
