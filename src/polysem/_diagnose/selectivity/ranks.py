"""Ranks of activations, computed once and shared by AUROC, its interval and its null."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

EXACT_SAMPLES = 8192  # n²/4 ≤ 2²⁴: up to here float32 holds every rank sum exactly
CHUNK = 1 << 22  # activations ranked at a time


def centred_ranks(activations: np.ndarray) -> np.ndarray:
    """2r − (n + 1) for the mid-rank r of each activation: whole numbers that sum to 0.

    `activations`: (samples n, neurons), finite → the same shape, float32 up to 8,192 samples and
    float64 beyond, so that sums over any set of samples are exact. Tied activations share the mean
    of their ranks. Zero throughout for a constant neuron.
    """
    samples, neurons = activations.shape
    kind = np.float32 if samples <= EXACT_SAMPLES else np.float64
    ranks = np.empty((samples, neurons), dtype=kind)
    width = max(1, CHUNK // max(samples, 1))
    for left in range(0, neurons, width):
        part = slice(left, left + width)
        ranks[:, part] = 2 * rankdata(activations[:, part], axis=0) - (samples + 1)
    return ranks


def class_sizes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Samples with and without each feature, as float64: labels (samples, features) of 0 and 1."""
    positive = labels.sum(0, dtype=np.float64)
    return positive, len(labels) - positive
