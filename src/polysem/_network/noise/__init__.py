"""Noise on the hidden layer: x̂ = σ((h(X W) + ξ) Wᵀ), one small configuration per law of ξ.
Dropout multiplies instead: h(X W) ∘ b.

A new law is a class with `unit` and `excess_kurtosis`, and one word in `Noise`. The functions take
torch tensors; importing this package imports no torch.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._network.noise.dropout import Dropout
from polysem._network.noise.heavy import StudentT, ThreePoint
from polysem._network.noise.law import HiddenNoise, NoNoise, Shared
from polysem._network.noise.laws import Bipolar, Gaussian, Laplace, Uniform
from polysem._network.noise.loss import noisy_forward, noisy_gradient, noisy_loss

Noise = Annotated[
    NoNoise | Bipolar | Uniform | Gaussian | Laplace | StudentT | ThreePoint | Dropout,
    Field(discriminator="kind"),
]

__all__ = [
    "Bipolar",
    "Dropout",
    "Gaussian",
    "HiddenNoise",
    "Laplace",
    "NoNoise",
    "Noise",
    "Shared",
    "StudentT",
    "ThreePoint",
    "Uniform",
    "noisy_forward",
    "noisy_gradient",
    "noisy_loss",
]
