"""Encodings that do not overlap at the start, though they may well choose the same neuron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import first_choices, row
from polysem._repair.prevent.shuffled import plain_expected
from polysem._theory.prediction import Prediction
from polysem._types import Weights


class Orthogonal(StartMethod):
    """The orthonormal matrix nearest to the plain start (its polar factor), at its mean row norm.

    Columns are orthonormal instead where m < n. Of a normal start it is uniform over all such
    matrices.
    """

    kind: Literal["orthogonal"] = "orthogonal"

    @property
    def does(self) -> str:
        """In a few words."""
        return "encodings orthogonal at the start"

    def expected(self, n: int, m: int) -> Prediction:
        """As for the plain start: first choices of uniform orthogonal rows are as random."""
        return plain_expected(n, m)

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """The polar factor, times the root mean square row norm over its own."""
        before = first_choices(W)
        left, _, right = np.linalg.svd(W.astype(np.float64), full_matrices=False)
        polar = left @ right
        scale = np.linalg.norm(W) / np.linalg.norm(polar)
        W[...] = (scale * polar).astype(W.dtype)
        after = first_choices(W)
        moved = np.flatnonzero(before != after)
        return [row(seed, before[i], i, after[i], "orthogonal") for i in moved]
