"""Which features count as related: sharing related features is not polysemanticity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from polysem._errors import BadInput

COOCCURRENCE = 0.5
SIMILARITY = 0.5


@dataclass(frozen=True)
class Relatedness:
    """Symmetric relation between features; `words` say how it was made.

    `related`: (features, features) booleans, False on the diagonal. A neuron's features form
    groups, connected by this relation; with two or more groups it is polysemantic.
    """

    related: np.ndarray
    words: str

    @classmethod
    def none(cls, features: int) -> Relatedness:
        """No two features are related: every second feature makes a neuron polysemantic."""
        return cls(np.zeros((features, features), dtype=bool), "no features are related")

    @classmethod
    def from_labels(cls, labels: np.ndarray, threshold: float = COOCCURRENCE) -> Relatedness:
        """Related where labels correlate at `threshold` or above over the samples.

        `labels`: (samples, features). For labels of 0 and 1 this is the φ coefficient of
        co-occurrence. Mutually exclusive features (φ < 0) are not related.
        """
        _checked_threshold(threshold)
        centred = labels - labels.mean(0, dtype=np.float64)
        lengths = np.sqrt((centred**2).sum(0))
        centred = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
        words = f"features whose labels correlate at {threshold:g} or above are related"
        return cls(_relation(centred.T @ centred >= threshold - 1e-12), words)

    @classmethod
    def from_similarity(cls, similarity: Any, threshold: float = SIMILARITY) -> Relatedness:
        """Related where a given symmetric similarity (features, features) is ≥ `threshold`."""
        matrix = np.asarray(similarity, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise BadInput(f"similarity has shape {matrix.shape}; it must be (features, features).")
        if not np.allclose(matrix, matrix.T, equal_nan=True) or np.isnan(matrix).any():
            raise BadInput("similarity must be symmetric and without NaN; symmetrise it first.")
        words = f"features of similarity {threshold:g} or above are related"
        return cls(_relation(matrix >= threshold), words)

    @classmethod
    def from_hierarchy(cls, parents: Sequence[int], levels: int = 1) -> Relatedness:
        """Related by a tree: `parents[i]` is the feature above feature i, or −1 for none.

        Two features are related if both reach a common feature (themselves included) in at most
        `levels` steps up: with 1, a feature and its parent, and features with one parent.
        """
        reach = _reach(np.asarray(parents), levels)
        words = f"features within {levels} step(s) of a common ancestor are related"
        return cls(_relation((reach.astype(np.int64) @ reach.T) > 0), words)

    def groups(self, selective: np.ndarray) -> np.ndarray:
        """Groups of related features on each neuron: booleans (neurons, features) → (neurons,)."""
        if selective.shape[-1] != len(self.related):
            raise BadInput(
                f"relatedness knows {len(self.related)} features and the selectivity has "
                f"{selective.shape[-1]} (axis 1); both must be the same."
            )
        count = selective.sum(1)
        if not self.related.any():
            return count
        touched = selective & self.related.any(0)
        for k in np.flatnonzero(touched.sum(1) >= 2):
            features = np.flatnonzero(touched[k])
            links = csr_array(self.related[np.ix_(features, features)])
            count[k] -= len(features) - connected_components(links, directed=False)[0]
        return count

    def polysemantic(self, selective: np.ndarray) -> np.ndarray:
        """True for neurons with two or more groups of features: (neurons,)."""
        return self.groups(selective) >= 2


def _relation(matrix: np.ndarray) -> np.ndarray:
    relation = matrix | matrix.T
    np.fill_diagonal(relation, False)
    return relation


def _reach(parents: np.ndarray, levels: int) -> np.ndarray:
    """reach[i, a]: feature a lies 0 to `levels` steps above feature i."""
    n = len(parents)
    if parents.ndim != 1 or parents.dtype.kind not in "iu":
        raise BadInput("hierarchy must be one whole number per feature: its parent, or -1.")
    if n and (parents.max() >= n or parents.min() < -1):
        raise BadInput(
            f"hierarchy names the parent {parents.max() if parents.max() >= n else parents.min()}; "
            f"allowed are features 0 to {n - 1}, or -1 for none."
        )
    if levels < 1:
        raise BadInput(f"levels = {levels} is not allowed: give a whole number from 1.")
    reach, at = np.eye(n, dtype=bool), np.arange(n)
    for step in range(n + 1):
        at = np.where(at >= 0, parents[at], -1)
        known = np.flatnonzero(at >= 0)
        if not len(known):
            return reach
        if step < levels:
            reach[known, at[known]] = True
    raise BadInput("hierarchy has a loop: following parents upwards must end at -1.")


def _checked_threshold(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise BadInput(f"threshold = {threshold} is not allowed: give a correlation above 0, to 1.")
