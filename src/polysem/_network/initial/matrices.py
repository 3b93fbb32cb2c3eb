"""Other laws of a random matrix: Xavier, orthogonal, sparse."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.initial.law import Scale, Start
from polysem._types import Weights


class Xavier(Start):
    """Glorot & Bengio 2010: variance 2 scale²/(n + m), uniform or normal."""

    kind: Literal["xavier"] = "xavier"
    shape: Literal["uniform", "normal"] = "uniform"
    scale: Scale = 1.0

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        generator, std = np.random.default_rng(seed), self.scale * np.sqrt(2 / (n + m))
        if self.shape == "normal":
            return (std * generator.standard_normal((n, m))).astype(np.float32)
        return generator.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (n, m)).astype(np.float32)


class Orthogonal(Start):
    """Orthonormal rows times `scale`; orthonormal columns where there are fewer neurons (m < n).

    Uniform over all such matrices (Haar): the Q of a Gaussian matrix with the signs of R undone.
    """

    kind: Literal["orthogonal"] = "orthogonal"
    scale: Scale = 1.0

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        gaussian = np.random.default_rng(seed).standard_normal((max(n, m), min(n, m)))
        Q, R = np.linalg.qr(gaussian)
        Q = Q * np.where(np.diagonal(R) < 0, -1, 1)
        return np.ascontiguousarray(self.scale * (Q if n >= m else Q.T)).astype(np.float32)


class Sparse(Start):
    """`k` nonzero weights in every row, at random places, N(0, scale²/k) each."""

    kind: Literal["sparse"] = "sparse"
    k: Annotated[int, Field(ge=1)]
    scale: Scale = 1.0

    def must_fit(self, n: int, m: int) -> None:
        """A row needs as many places."""
        if self.k > m:
            raise ValueError(f"initial: k = {self.k} weights do not fit into a row of m = {m}")

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        generator, weights = np.random.default_rng(seed), np.zeros((n, m), np.float32)
        places = np.stack([generator.choice(m, self.k, replace=False) for _ in range(n)])
        values = generator.standard_normal((n, self.k)) * (self.scale / np.sqrt(self.k))
        np.put_along_axis(weights, places, values.astype(np.float32), axis=1)
        return weights
