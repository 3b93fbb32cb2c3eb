"""A quadratic cost of negative overlaps, which ReLU alone hides: Σ_{i≠j} κ_ij min(z_ij, 0)².

It is what co-occurrence amounts to. When features i and j are on together, a share p of the time,
the output for i sees ‖W_i‖² + W_i·W_j, so near unit norm a pair costs p (W_i·W_j)² for each of
the two, whatever the sign of the overlap.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._config import Config

Feature = Annotated[int, Field(ge=0)]


class NegativeOverlap(Config):
    """Which pairs of features pay for a negative overlap, and how much.

    `strength` — κ ≥ 0, relative to the cost 1 of a positive overlap. `pairs` — "all";
    "partners": features (0, 1), (2, 3), …; or a list of pairs.
    """

    strength: Annotated[float, Field(ge=0, le=100)]
    pairs: Literal["all", "partners"] | tuple[tuple[Feature, Feature], ...] = "all"

    def matrix(self, n: int) -> np.ndarray:
        """κ_ij: (n, n), symmetric with a zero diagonal."""
        if self.pairs == "all":
            return self.strength * (1 - np.eye(n))
        pairs = self.pairs
        if pairs == "partners":
            pairs = tuple((i, i + 1) for i in range(0, n - 1, 2))
        kappa = np.zeros((n, n))
        for i, j in pairs:
            kappa[i, j] = kappa[j, i] = self.strength
        return kappa

    def must_fit(self, n: int) -> None:
        """Raise `ValueError` if a pair names a feature that is not there, or one twice."""
        if isinstance(self.pairs, str):
            return
        for i, j in self.pairs:
            if i == j or max(i, j) >= n:
                raise ValueError(
                    f"negative_overlap names the pair ({i}, {j}); "
                    f"pairs are two different features from 0 to {n - 1}"
                )
