"""Noise on the hidden layer: one small configuration per law, the noisy loss and its gradient.

    x̂(e_i) = ReLU(W (W_i + ξ_i))        (arXiv 2312.03096, Section 4)

ξ has unit-variance law × `std`. A new law is one class with `unit` and `excess_kurtosis`, and one
word in `Noise`. The functions below take torch tensors; importing this module imports no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from polysem._config import Config

if TYPE_CHECKING:
    import torch

Shared = Literal["sample", "batch", "all"]


class NoNoise(Config):
    """The hidden layer is exact."""

    kind: Literal["none"] = "none"


class HiddenNoise(Config):
    """What every law has.

    `std` — standard deviation σ ≥ 0 of every component of ξ. `shared` — who shares one vector:
    "sample" (default): nobody, each of the n inputs of each seed has its own; "batch": the n
    inputs of a seed; "all": the n inputs of all seeds, the authors' procedure to the letter,
    which makes the seeds dependent. Every step draws anew.
    """

    std: Annotated[float, Field(ge=0, le=1e3)]
    shared: Shared = "sample"

    excess_kurtosis: ClassVar[float]

    def vectors(self, n: int) -> int:
        """Noise vectors that one seed needs per step."""
        return n if self.shared == "sample" else 1

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Fill `out` with independent draws of mean 0 and variance 1."""
        raise NotImplementedError


class Bipolar(HiddenNoise):
    """±σ with probability ½ each: the least excess kurtosis there is, −2."""

    kind: Literal["bipolar"] = "bipolar"
    excess_kurtosis: ClassVar[float] = -2.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """±1 with probability ½ each."""
        out.random_(0, 2, generator=generator).mul_(2).sub_(1)


class Gaussian(HiddenNoise):
    """N(0, σ²): excess kurtosis 0, so rotating the hidden layer changes nothing."""

    kind: Literal["gaussian"] = "gaussian"
    excess_kurtosis: ClassVar[float] = 0.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Standard normal."""
        out.normal_(generator=generator)


Noise = Annotated[NoNoise | Bipolar | Gaussian, Field(discriminator="kind")]


def noisy_forward(W: torch.Tensor, xi: torch.Tensor) -> torch.Tensor:
    """x̂_ij = ReLU(W_j·(W_i + ξ_i)), output j for one-hot input i: (…, n, n).

    W: (…, n, m). ξ: (…, n, m), or (…, 1, m) where the inputs share one vector.
    """
    return ((W + xi) @ W.mT).relu()


def noisy_loss(W: torch.Tensor, xi: torch.Tensor, l1: float) -> torch.Tensor:
    """Σ_i ‖x̂(e_i) − e_i‖² + λ Σ_i ‖W_i‖₁ for one draw ξ of the noise: (…,)."""
    error = noisy_forward(W, xi) - _identity(W)
    return (error**2).sum((-1, -2)) + l1 * W.abs().sum((-1, -2))


def noisy_gradient(W: torch.Tensor, xi: torch.Tensor, l1: float) -> torch.Tensor:
    """∂/∂W of `noisy_loss`, in closed form: shape of W.

    With H = W + ξ (hidden states, one row per input), P = H Wᵀ and D = 2 (ReLU(P) − I ∘ [P > 0]),
    the derivative of the reconstruction loss with respect to P, W acts twice:

        ∂L/∂W = D W (as encoder)  +  Dᵀ H (as decoder)  +  λ sign(W)

    For ξ = 0, D is symmetric and both terms are 2 (ReLU(G) − I) W. [P_ii > 0] matters only with
    noise: without it P_ii = ‖W_i‖². sign(0) = 0 and ReLU'(0) = 0, as in autograd.
    """
    H = W + xi
    P = H @ W.mT
    D = 2 * (P.relu() - _identity(W) * (P > 0))
    return D @ W + D.mT @ H + l1 * W.sign()


def _identity(W: torch.Tensor) -> Any:
    """The n × n identity with dtype and device of W."""
    import torch

    return torch.eye(W.shape[-2], dtype=W.dtype, device=W.device)
