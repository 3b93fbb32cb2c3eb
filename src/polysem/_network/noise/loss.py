"""The loss of a tied network with a noisy hidden layer, and its gradient in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polysem._network.problem import Problem
from polysem._network.sampled import sampled_gradient, sampled_loss

if TYPE_CHECKING:
    import torch


def noisy_forward(W: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    """x̂_ij = ReLU(W_j·(W_i + ξ_i)), output j for one-hot input i: (…, n, n).

    W: (…, n, m). ξ: (…, n, m), or (…, 1, m) where the inputs share one vector. arXiv 2312.03096,
    Section 4.
    """
    return ((W + xi) @ W.mT).relu()


def noisy_loss(W: torch.Tensor, xi: torch.Tensor, problem: Problem | float) -> torch.Tensor:
    """Loss for one draw ξ of the noise: (…,). `problem` may be λ, for the base model."""
    if isinstance(problem, Problem):
        return sampled_loss(problem, W, *problem.samples(W), xi)
    error = noisy_forward(W, xi) - _identity(W)
    return (error**2).sum((-1, -2)) + problem * W.abs().sum((-1, -2))


def noisy_gradient(W: torch.Tensor, xi: torch.Tensor, problem: Problem | float) -> torch.Tensor:
    """∂/∂W of `noisy_loss`, in closed form: shape of W.

    For the base model, with H = W + ξ (hidden states, one row per input), P = H Wᵀ and
    D = 2 (ReLU(P) − I ∘ [P > 0]), the derivative of the reconstruction loss by P, W acts twice:

        ∂L/∂W = D W (as encoder)  +  Dᵀ H (as decoder)  +  λ sign(W)

    For ξ = 0, D is symmetric and both terms are 2 (ReLU(G) − I) W. [P_ii > 0] matters only with
    noise: without it P_ii = ‖W_i‖². sign(0) = 0 and ReLU'(0) = 0, as in autograd.
    """
    if isinstance(problem, Problem):
        return sampled_gradient(problem, W, *problem.samples(W), xi)
    H = W + xi
    P = H @ W.mT
    D = 2 * (P.relu() - _identity(W) * (P > 0))
    return D @ W + D.mT @ H + problem * W.sign()


def _identity(W: torch.Tensor) -> Any:
    """The n × n identity with dtype and device of W."""
    import torch

    return torch.eye(W.shape[-2], dtype=W.dtype, device=W.device)
