"""Statistics of a whole layer, for the nulls: each maps a matrix of neurons to one number."""

from __future__ import annotations

import numpy as np

from polysem._diagnose.capacity import neurons
from polysem._diagnose.nulls.labels import CountRule
from polysem._diagnose.nulls.rotation import Statistic
from polysem._diagnose.selectivity.auroc import auroc, strength


def mean_fourth_norm(W: np.ndarray) -> float:
    """Mean of Σw⁴/(Σw²)² over the neurons that are not dead: (features, neurons)."""
    return _known_mean(neurons.fourth_norms(W))


def mean_kurtosis(values: np.ndarray) -> float:
    """Mean excess kurtosis over the neurons that vary: (samples or features, neurons)."""
    return _known_mean(neurons.kurtosis(values))


def polysemantic_count(labels: np.ndarray, rule: CountRule) -> Statistic:
    """Neurons selective for two or more groups of features, from activations."""

    def count(activations: np.ndarray) -> float:
        known = np.nan_to_num(strength(auroc(activations, labels)), nan=0.0)
        return float(rule.relatedness.polysemantic(known >= rule.threshold).sum())

    return count


def mean_best_selectivity(labels: np.ndarray) -> Statistic:
    """Mean over neurons of the largest AUROC, or 1 − AUROC, over features, from activations."""

    def best(activations: np.ndarray) -> float:
        known = np.nan_to_num(strength(auroc(activations, labels)), nan=0.5)
        return float(known.max(1).mean())

    return best


def largest_selectivity(labels: np.ndarray) -> Statistic:
    """The largest AUROC, or 1 − AUROC, of any neuron for any feature, from activations."""

    def largest(activations: np.ndarray) -> float:
        return float(np.nan_to_num(strength(auroc(activations, labels)), nan=0.5).max())

    return largest


def _known_mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
