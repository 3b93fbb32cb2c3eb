"""The network and its start as a configuration: what is simulated or trained, not how."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._config import Config
from polysem._network.initial import Initial, Normal
from polysem._types import Weights

Size = Annotated[int, Field(ge=1, le=10**9)]
Strength = Annotated[float, Field(ge=0)]


class NetworkSpec(Config):
    """A tied ReLU autoencoder with an ℓ1 penalty on its encodings, and its starting law.

    `n` — features (rows of W). `m` — neurons (columns of W). `l1` — λ ≥ 0, strength of the
    penalty λ Σ_i ‖W_i‖₁ in a loss summed over inputs and outputs. `initial` — starting weights.
    """

    n: Size
    m: Size
    l1: Strength = 0.001
    initial: Initial = Normal()

    def start(self, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        return self.initial.draw(self.n, self.m, seed)
