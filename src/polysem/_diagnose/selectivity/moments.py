"""Means, variances and covariances of neurons and features: enough for every linear measure.

Batches are merged by the update of Chan, Golub and LeVeque (1983), in float64: a stream of any
length takes the memory of one batch, and gives the figures of the whole array to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics of `n` samples.

    `neuron_mean` (neurons,), `feature_mean` (features,); sums of centred products: `neurons`
    Σ(x−x̄)² (neurons,), `cross` Σ(x−x̄)(y−ȳ) (neurons, features), `features` (features, features).
    """

    n: int
    neuron_mean: np.ndarray
    feature_mean: np.ndarray
    neurons: np.ndarray
    cross: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, activations: np.ndarray, labels: np.ndarray) -> Moments:
        """Of one batch: activations (samples, neurons), labels (samples, features), finite."""
        y = labels.astype(np.float64)
        feature_mean = y.mean(0)
        y -= feature_mean
        x = activations.astype(np.float64)
        neuron_mean = x.mean(0)
        x -= neuron_mean
        squares = np.einsum("sk,sk->k", x, x)
        constant = (activations == activations[:1]).all(0)
        squares[constant] = 0  # exactly, whatever rounding the mean suffered
        y[:, (labels == labels[:1]).all(0)] = 0
        cross = x.T @ y
        cross[constant] = 0
        return cls(len(y), neuron_mean, feature_mean, squares, cross, y.T @ y)

    def merged(self, other: Moments) -> Moments:
        """Moments of both sets of samples together."""
        n = self.n + other.n
        weight = self.n * other.n / n
        dx = other.neuron_mean - self.neuron_mean
        dy = other.feature_mean - self.feature_mean
        return Moments(
            n,
            self.neuron_mean + dx * (other.n / n),
            self.feature_mean + dy * (other.n / n),
            self.neurons + other.neurons + weight * dx * dx,
            self.cross + other.cross + weight * np.outer(dx, dy),
            self.features + other.features + weight * np.outer(dy, dy),
        )

    @property
    def feature_squares(self) -> np.ndarray:
        """Σ(y−ȳ)² of every feature: (features,)."""
        return np.diagonal(self.features)

    @property
    def positive(self) -> np.ndarray:
        """Samples with each feature, if the labels are 0 and 1: (features,)."""
        return np.rint(self.feature_mean * self.n)
