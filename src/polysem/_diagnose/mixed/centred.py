"""PAIRS and ePAIRS of centred vectors, against random vectors that are centred as well.

Centred vectors lie farther apart than free ones, the more so the fewer there are, and vectors whose
second moments were measured on themselves do too. So random vectors get the same treatment: of
normal vectors (of equal variances for PAIRS), given their mean and second moments, the draws here
have exactly the law of the vectors, and a p-value of 5 % comes up in 5 % of samples of any size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from polysem._diagnose.mixed.pairs import (
    SEARCHES,
    MixedSelectivity,
    choose_k,
    epairs_against,
    pairs_against,
    search_seed,
)
from polysem._diagnose.nulls.result import generators

SPANNED = 1e-6  # of the largest singular value: less is rounding


def spanned(vectors: np.ndarray) -> np.ndarray:
    """Centred, in as many coordinates as are spanned, zero rows left out: (≤ points, ≤ dims).

    Where each sample has one class, correlations with all classes span one dimension fewer, and
    directions drawn in all of them would be farther apart than vectors of noise.
    """
    left, sizes, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    kept = (left * sizes)[:, sizes > SPANNED * sizes.max(initial=0)]
    return kept[np.any(kept, axis=1)]


def centred_pairs(
    vectors: np.ndarray, draws: int, seed: int, target_angle: float
) -> MixedSelectivity:
    """PAIRS of `spanned` vectors (points, dims); `BadInput` if no k brings the target angle."""
    k = choose_k(_centred(vectors, SEARCHES, search_seed(seed)), len(vectors), target_angle)
    return pairs_against(_centred(vectors, draws, seed), vectors, k, seed)


def centred_epairs(vectors: np.ndarray, draws: int, seed: int) -> MixedSelectivity:
    """ePAIRS of `spanned` vectors (points, dims), nearest neighbour."""
    return epairs_against(map(_whitened, _centred(vectors, draws, seed)), vectors, 1, seed)


def _centred(vectors: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    for generator in generators(draws, seed):
        drawn = generator.standard_normal(vectors.shape)
        yield drawn - drawn.mean(0)


def _whitened(drawn: np.ndarray) -> np.ndarray:
    """Turned and stretched so that the second moments are those of unit variance."""
    left, _, right = np.linalg.svd(drawn, full_matrices=False)
    return np.sqrt(len(drawn)) * left @ right
