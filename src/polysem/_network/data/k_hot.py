"""Features that co-occur by chance: now and then k of them at once."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.data.law import DataLaw, mixture

if TYPE_CHECKING:
    import torch


class KHot(DataLaw):
    """An input has k features on, every set of k equally likely, with chance `probability`; else 1.

    Features that are on have magnitude 1.
    """

    kind: Literal["k_hot"] = "k_hot"
    k: Annotated[int, Field(ge=2)] = 2
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0

    def must_fit(self, n: int) -> None:
        """k features must be there."""
        if self.k > n:
            raise ValueError(f"data: k = {self.k} features cannot be on, there are n = {n}")

    def count(self, n: int) -> float:
        """n + (n over k)."""
        return n + comb(n, self.k)

    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """One-hot inputs, then all sets of k."""
        sets = np.array(list(combinations(range(n), self.k)))
        X = np.zeros((len(sets), n))
        X[np.arange(len(sets))[:, None], sets] = 1
        return mixture(n, X, self.probability)

    def energy(self, n: int) -> float:
        """1 + (k − 1) probability."""
        return 1 + (self.k - 1) * self.probability

    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """The first k, or the first one, of a random order of features."""
        import torch

        many = torch.rand(samples, generator=generator) < self.probability
        places = torch.rand(samples, n, generator=generator).argsort(1).argsort(1)
        return (places < torch.where(many, self.k, 1)[:, None]).float()
