"""One feature at a time: the paper's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from polysem._network.data.law import DataLaw

if TYPE_CHECKING:
    import torch


class OneHot(DataLaw):
    """The n inputs e_i, equally likely: the base model."""

    kind: Literal["one_hot"] = "one_hot"

    def count(self, n: int) -> float:
        """n."""
        return n

    def too_many(self, n: int) -> str | None:
        """Never: the table is the identity, no larger than the overlaps."""
        return None

    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """The identity."""
        return np.eye(n), np.full(n, 1 / n)

    def energy(self, n: int) -> float:
        """1."""
        return 1.0

    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """Rows of the identity."""
        import torch

        return torch.eye(n)[torch.randint(n, (samples,), generator=generator)]
