"""AUROC of every neuron for every feature: rank sums by one matrix product."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from polysem._diagnose.selectivity.ranks import centred_ranks, class_sizes


def auroc(activations: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """P(activation with the feature > without) + ½ P(equal): (neurons, features), 0 to 1.

    `activations`: (samples, neurons), finite. `labels`: (samples, features) of 0 and 1. NaN for a
    constant neuron and for a feature with one class only. Mann and Whitney (1947); ties by
    mid-ranks.
    """
    return auroc_of_ranks(centred_ranks(activations), labels)


def auroc_of_ranks(ranks: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The same from `centred_ranks`: ½ + Σ_{i with the feature} c_i / (2 n₁ n₀)."""
    positive, negative = class_sizes(labels)
    sums = (ranks.T @ labels.astype(ranks.dtype)).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        area = 0.5 + sums / (2 * positive * negative)
    area[:, positive * negative == 0] = np.nan
    area[~ranks.any(0)] = np.nan
    return area


def strength(area: np.ndarray) -> np.ndarray:
    """max(AUROC, 1 − AUROC): ½ to 1, so that a neuron silenced by a feature counts as selective."""
    return np.maximum(area, 1 - area)


def rank_sum_deviation(ranks: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Standard deviation of Σ c_i over all permutations of the labels: (neurons, features).

    √(Σc² · n₁n₀ / (n(n−1))), exact with ties (the tie-corrected Mann–Whitney variance).
    """
    n = len(ranks)
    positive, negative = class_sizes(labels)
    squares = np.einsum("sk,sk->k", ranks, ranks, dtype=np.float64)
    return np.sqrt(np.outer(squares, positive * negative) / (n * max(n - 1.0, 1.0)))


def rank_sum_p(ranks: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Two-sided Mann–Whitney p-values, normal approximation with ties, no continuity correction.

    (neurons, features); NaN where AUROC is. Trust the label null where a class has fewer than
    about ten samples.
    """
    positive, negative = class_sizes(labels)
    centred = auroc_of_ranks(ranks, labels) - 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        z = centred * 2 * positive * negative / rank_sum_deviation(ranks, labels)
    return 2 * ndtr(-np.abs(z))
