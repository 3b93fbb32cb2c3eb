"""Mutually exclusive groups: two features of a group are never on together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.data.law import DataLaw, mixture

if TYPE_CHECKING:
    import torch


class Exclusive(DataLaw):
    """Features 0 … size−1 are a group, size … 2 size−1 the next, and so on.

    With chance `probability` an input is a pair of features of two different groups, all such
    pairs equally likely; else one feature.
    """

    kind: Literal["exclusive"] = "exclusive"
    size: Annotated[int, Field(ge=1)] = 2
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0

    def must_fit(self, n: int) -> None:
        """There must be two groups at least, all of the same size."""
        if n % self.size or n < 2 * self.size:
            raise ValueError(
                f"data: n = {n} features are not two or more groups of {self.size}; "
                "use a multiple of size"
            )

    def count(self, n: int) -> float:
        """n + n (n − size)/2."""
        return n + n * (n - self.size) // 2

    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """One-hot inputs, then all pairs across groups."""
        first, second = np.triu_indices(n, 1)
        across = first // self.size != second // self.size
        return mixture(n, (np.eye(n)[first] + np.eye(n)[second])[across], self.probability)

    def energy(self, n: int) -> float:
        """1 + probability."""
        return 1 + self.probability

    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """One feature, and with chance `probability` one outside its group."""
        import torch

        together = torch.rand(samples, generator=generator) < self.probability
        one = torch.randint(n, (samples,), generator=generator)
        further = torch.randint(n - self.size, (samples,), generator=generator)
        other = (one // self.size * self.size + self.size + further) % n
        eye = torch.eye(n)
        return eye[one] + together[:, None] * eye[other]
