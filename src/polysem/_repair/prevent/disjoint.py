"""Every feature starts on neurons of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import first_choices, row
from polysem._theory.prediction import Prediction
from polysem._types import Weights

STREAM = 0x646A6E74


class Disjoint(StartMethod):
    """Sparse and disjoint: each feature on `k` random neurons that no other has a weight on.

    `k` — 0 stands for as many as there are, ⌊m/n⌋. The weights there are the plain start's; the
    row keeps its norm.
    """

    kind: Literal["disjoint"] = "disjoint"
    k: Annotated[int, Field(ge=0)] = 0

    @property
    def does(self) -> str:
        """In a few words."""
        return "sparse start on neurons of its own for each feature"

    def fits(self, n: int, m: int) -> str | None:
        """k neurons for each feature."""
        if n * max(self.k, 1) <= m:
            return None
        return (
            f"n = {n} features cannot have {max(self.k, 1)} of m = {m} neurons each to themselves"
        )

    def expected(self, n: int, m: int) -> Prediction:
        """None, exactly."""
        return Prediction(
            name="disjoint_left",
            label="polysemantic neurons left",
            value=0.0 if m >= n else np.nan,
            equation="0: C(G) is diagonal while supports are disjoint, so no zero weight is pushed",
            source="docs/repair.md#prevent",
            domain="m ≥ n, one-hot data, λ > 0; exact for the flow",
            in_domain=m >= n,
        )

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Keep each row's weights on its own neurons."""
        n, m = W.shape
        width = self.k or m // n
        before, norms = first_choices(W), np.linalg.norm(W, axis=1, keepdims=True)
        draws = np.random.default_rng((seed, STREAM))
        own = draws.permutation(m)[: n * width].reshape(n, width)
        block = np.take_along_axis(W, own, axis=1)
        size = np.linalg.norm(block, axis=1, keepdims=True)
        block = np.where(size > 0, block * norms / np.where(size > 0, size, 1), norms / width**0.5)
        W[...] = 0
        np.put_along_axis(W, own, block.astype(W.dtype), axis=1)
        after = first_choices(W)
        return [row(seed, before[i], i, after[i], "disjoint") for i in range(n)]
