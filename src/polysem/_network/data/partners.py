"""Fixed partners: features 0 and 1, 2 and 3, … are on together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.data.law import DataLaw, mixture

if TYPE_CHECKING:
    import torch


class Partners(DataLaw):
    """With chance `probability` an input is a pair of partners, all pairs equally likely; else
    one feature. An odd last feature has no partner.
    """

    kind: Literal["partners"] = "partners"
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0

    def must_fit(self, n: int) -> None:
        """There must be a pair, and nobody who is never on."""
        if n < 2:
            raise ValueError(f"data: n = {n} feature has no partner; use 2 features or more")
        if n % 2 and self.probability == 1:
            raise ValueError(
                f"data: n = {n} features do not all have partners; use an even n, or a "
                "probability below 1"
            )

    def count(self, n: int) -> float:
        """n + n/2."""
        return n + n // 2

    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """One-hot inputs, then all pairs."""
        return mixture(n, np.eye(n)[: n // 2 * 2].reshape(-1, 2, n).sum(1), self.probability)

    def energy(self, n: int) -> float:
        """1 + probability."""
        return 1 + self.probability

    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """A pair, or one feature."""
        import torch

        together = torch.rand(samples, generator=generator) < self.probability
        pair = torch.randint(n // 2, (samples,), generator=generator)
        alone = torch.randint(n, (samples,), generator=generator)
        feature = torch.arange(n)
        paired = (feature // 2 == pair[:, None]) & (feature < n // 2 * 2)
        return torch.where(together[:, None], paired, feature == alone[:, None]).float()
