"""The shape of the penalty on the encodings: λ Σ_i w_i ‖W_i‖₁^power + l2 Σ_i ‖W_i‖²."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._config import Config
from polysem._network.per_feature import PerFeature


class Penalty(Config):
    """What multiplies λ, and what stands beside it. The default is the base model's ℓ1 norm.

    `weights` — w_i ≥ 0, the strength for each feature as a multiple of λ; 1 by default.
    `power` — p of ‖W_i‖₁^p: 1 is the ℓ1 norm, 2 the squared row-ℓ1 norm.
    `l2` — μ ≥ 0 of μ Σ_i ‖W_i‖²; with ℓ1 it makes an elastic net.
    """

    weights: PerFeature | None = None
    power: Annotated[float, Field(ge=1, le=4)] = 1.0
    l2: Annotated[float, Field(ge=0, le=1e3)] = 0.0
