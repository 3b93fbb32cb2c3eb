"""Independent features with magnitudes: the data of Toy Models of Superposition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.data.law import DataLaw

if TYPE_CHECKING:
    import torch


class Bernoulli(DataLaw):
    """Each feature is on with chance `probability`, independently of the others.

    `magnitude` — of a feature that is on: "uniform" between 0 and 1 (Elhage et al. 2022), or
    "one". 1 − probability is their sparsity.
    """

    kind: Literal["bernoulli"] = "bernoulli"
    probability: Annotated[float, Field(gt=0, le=1)] = 0.05
    magnitude: Literal["uniform", "one"] = "uniform"

    def count(self, n: int) -> float:
        """2ⁿ, or infinity."""
        return float("inf") if self.magnitude == "uniform" else 2 ** min(n, 2000)

    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """All subsets of features, the empty one too."""
        X = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.float64)
        on = X.sum(1)
        p = self.probability**on * (1 - self.probability) ** (n - on)
        return X[p > 0], p[p > 0]

    def energy(self, n: int) -> float:
        """n times probability times E magnitude²."""
        return n * self.probability * (1 / 3 if self.magnitude == "uniform" else 1.0)

    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """Coins, times magnitudes."""
        import torch

        on = (torch.rand(samples, n, generator=generator) < self.probability).float()
        if self.magnitude == "one":
            return on
        return on * torch.rand(samples, n, generator=generator)
