"""Angles between response vectors and their nearest neighbours."""

from __future__ import annotations

import numpy as np

ROWS = 2048  # vectors compared with all others at a time


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; rows of length 0 are left out: (points, dims) → (≤ points, dims)."""
    lengths = np.sqrt(np.einsum("pd,pd->p", vectors, vectors))
    kept = lengths > 0
    return vectors[kept] / lengths[kept, None]


def nearest_cosines(units: np.ndarray, k: int) -> np.ndarray:
    """Cosines with the k nearest other vectors, nearest first: (points, dims) → (points, k)."""
    found = np.empty((len(units), k))
    for top in range(0, len(units), ROWS):
        rows = slice(top, top + ROWS)
        cosines = units[rows] @ units.T
        cosines[np.arange(len(cosines)), np.arange(top, top + len(cosines))] = -2
        if k == 1:
            found[rows, 0] = cosines.max(1)
        else:
            nearest = np.partition(cosines, -k, axis=1)[:, -k:]
            found[rows] = -np.sort(-nearest, axis=1)
    return np.clip(found, -1, 1)


def mean_angles(units: np.ndarray, k: int) -> np.ndarray:
    """Mean angle, in radians, of each vector with its k nearest neighbours: (points,)."""
    return np.arccos(nearest_cosines(units, k)).mean(1)


def mean_distances(units: np.ndarray, k: int) -> np.ndarray:
    """Mean cosine distance, 1 − cos, of each vector to its k nearest neighbours: (points,)."""
    return (1 - nearest_cosines(units, k)).mean(1)
