"""The output activation σ in x̂ = σ(W Wᵀ x): one small configuration per function.

A new one is a class with `kind`, `value` and `slope`, and one word in `Activation`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._network.rectifiers import Abs, Identity, Leaky, PiecewiseLinear, Relu, Shifted
from polysem._network.smooth import Gelu, Sigmoid, Silu, Softplus, SquaredRelu, Tanh

Activation = Annotated[
    Relu | Leaky | Shifted | Identity | Abs | SquaredRelu | Tanh | Sigmoid | Softplus | Silu | Gelu,
    Field(discriminator="kind"),
]

__all__ = ["Activation", "PiecewiseLinear", "Relu"]
