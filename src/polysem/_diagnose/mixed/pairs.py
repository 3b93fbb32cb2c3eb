"""PAIRS and ePAIRS: do neurons fall into categories, or is their selectivity randomly mixed?

Both compare how near each neuron's response vector lies to its nearest neighbours with what random
vectors would give. Categories make neighbours nearer; even spacing makes them farther.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import mannwhitneyu

from polysem._diagnose.mixed.angles import (
    mean_angles,
    mean_distances,
    nearest_cosines,
    unit_vectors,
)
from polysem._diagnose.nulls.result import NullTest, generators
from polysem._errors import BadInput

TARGET_ANGLE = np.pi / 4
SEARCHES = 10  # random sets from which k is chosen
FEWEST = 3  # vectors: below, a nearest neighbour says nothing


@dataclass(frozen=True)
class MixedSelectivity:
    """Outcome of PAIRS or ePAIRS.

    `clusteriness` — (mean of the null − observed)/mean of the null: 1 if every vector has a twin,
    0 if neighbours are as near as in random vectors, negative if vectors are spaced more evenly.
    `test` — the observed statistic against its null, two-sided. `k` — neighbours used. `values`,
    `vectors` — per vector, its mean angle (PAIRS, radians) or cosine distance (ePAIRS), and how
    many vectors were used. `left_out` — vectors of length 0. `rank_sum_p` — ePAIRS only: the
    published p-value, see `epairs`.
    """

    clusteriness: float
    test: NullTest
    k: int
    values: np.ndarray
    left_out: int
    rank_sum_p: float | None = None


def pairs(
    vectors: np.ndarray,
    k: int | None = None,
    draws: int = 1000,
    seed: int = 0,
    target_angle: float = TARGET_ANGLE,
) -> MixedSelectivity:
    """PAIRS: the median over vectors of the mean angle with k nearest neighbours, against a sphere.

    `vectors`: (neurons, dims), such as the neurons' loadings on leading principal components.
    `k` — neighbours; by default the least for which random vectors have a median of at least
    `target_angle` (use π/8 in two or three dimensions). Null: directions uniform on the sphere.
    Raposo, Kaufman and Churchland (2014), Nature Neuroscience 17, 1784. Errors: `BadInput`.
    """
    units = _checked(vectors)
    if k is None:
        searches = (g.standard_normal(units.shape) for g in generators(SEARCHES, search_seed(seed)))
        k = choose_k(searches, len(units), target_angle)
    _check_k(k, len(units))
    samples = (g.standard_normal(units.shape) for g in generators(draws, seed))
    return pairs_against(samples, vectors, k, seed)


def pairs_against(
    samples: Iterable[np.ndarray], vectors: np.ndarray, k: int, seed: int
) -> MixedSelectivity:
    """PAIRS with the random vectors given: arrays of the shape of `vectors` without zero rows."""
    units = _checked(vectors)
    values = mean_angles(units, k)
    test = NullTest(
        f"median angle with {_neighbours(k)}",
        "directions uniform on the sphere",
        float(np.median(values)),
        np.array([np.median(mean_angles(unit_vectors(s), k)) for s in samples]),
        seed,
        "two-sided",
    )
    return MixedSelectivity(_clusteriness(test), test, k, values, len(vectors) - len(units))


def epairs(vectors: np.ndarray, k: int = 1, draws: int = 1000, seed: int = 0) -> MixedSelectivity:
    """ePAIRS: the mean cosine distance to the k nearest neighbours, against an ellipsoid.

    Null: normal vectors about the origin with the second moments VᵀV/N of the vectors, so that
    unequal variances along the axes do not pass for categories. Centre the columns beforehand
    (principal component scores are) unless the origin means something. Hirokawa et al. (2019),
    Nature 576, 446. `test.p` compares whole data sets, which is valid; `rank_sum_p`, as in the
    published code, pools the distances of all random vectors and treats those of the data as
    independent (they are not: nearest neighbours are often mutual). Errors: `BadInput`.
    """
    units = _checked(vectors)
    _check_k(k, len(units))
    samples = (g.standard_normal(units.shape) for g in generators(draws, seed))
    return epairs_against(samples, vectors, k, seed)


def epairs_against(
    samples: Iterable[np.ndarray], vectors: np.ndarray, k: int, seed: int
) -> MixedSelectivity:
    """ePAIRS with the random vectors given, of unit variance, before they get their moments."""
    units = _checked(vectors)
    root = moment_root(vectors)
    values = mean_distances(units, k)
    drawn = np.array([mean_distances(unit_vectors(s @ root), k) for s in samples])
    test = NullTest(
        f"mean cosine distance to {_neighbours(k)}",
        "normal vectors with the same second moments",
        float(values.mean()),
        drawn.mean(1),
        seed,
        "two-sided",
    )
    p = float(mannwhitneyu(drawn.ravel(), values, method="asymptotic").pvalue)
    return MixedSelectivity(_clusteriness(test), test, k, values, len(vectors) - len(units), p)


def choose_k(samples: Iterable[np.ndarray], points: int, target: float) -> int:
    """Least k for which the pooled mean angles of random vectors have a median ≥ `target`.

    `samples`: arrays (points, dims) of random vectors. `BadInput` if no k is enough.
    """
    angles = [np.arccos(nearest_cosines(unit_vectors(s), points - 1)) for s in samples]
    running = np.cumsum(np.concatenate(angles), axis=1) / np.arange(1, points)
    enough = np.flatnonzero(np.median(running, axis=0) >= target)
    if not len(enough):
        raise BadInput(
            f"No number of neighbours brings the median angle of {points} random vectors to "
            f"{target:.3g} radians; give k, or a smaller target_angle."
        )
    return int(enough[0]) + 1


def moment_root(vectors: np.ndarray) -> np.ndarray:
    """Symmetric square root of the second moments VᵀV/N: (points, dims) → (dims, dims)."""
    values, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    return (axes * np.sqrt(np.maximum(values, 0))) @ axes.T


def search_seed(seed: int) -> int:
    """A seed for choosing k that shares no draws with the null."""
    return seed + (1 << 40)


def _neighbours(k: int) -> str:
    return "the nearest neighbour" if k == 1 else f"the {k} nearest neighbours"


def _clusteriness(test: NullTest) -> float:
    return float((test.null.mean() - test.observed) / test.null.mean())


def _checked(vectors: np.ndarray) -> np.ndarray:
    if vectors.ndim != 2 or vectors.shape[1] < 2:
        raise BadInput(
            f"vectors has shape {vectors.shape}; it must be (neurons, dims) with at least two dims "
            "(axis 1)."
        )
    if not np.isfinite(vectors).all():
        raise BadInput("vectors holds NaN or infinity; leave those neurons out first.")
    units = unit_vectors(vectors.astype(np.float64))
    if len(units) < FEWEST:
        raise BadInput(
            f"vectors has {len(units)} rows that are not zero (axis 0); give at least {FEWEST}."
        )
    return units


def _check_k(k: int, points: int) -> None:
    if not 1 <= k < points:
        raise BadInput(
            f"k = {k} is not allowed: {points} vectors have 1 to {points - 1} neighbours."
        )
