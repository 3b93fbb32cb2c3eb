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
        feature_mean, y = _centred(labels)
        neuron_mean, x = _centred(activations)
        squares = np.einsum("sk,sk->k", x, x)
        return cls(len(y), neuron_mean, feature_mean, squares, x.T @ y, y.T @ y)

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


def _centred(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means in float64 and the columns less them; of a constant column exactly, without rounding.

    Otherwise batches of a constant whose means were rounded differently would not be constant.
    """
    values = columns.astype(np.float64)
    mean = np.where((columns == columns[:1]).all(0), values[0], values.mean(0))
    values -= mean
    return mean, values
