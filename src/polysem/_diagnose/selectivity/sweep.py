"""How many features a neuron represents, at every threshold beside the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polysem._diagnose.selectivity.relatedness import Relatedness

DEFAULT_THRESHOLD = 0.65
"""AUROC (or 1 − AUROC) from which a neuron counts as selective, unless the user says otherwise."""
THRESHOLDS = tuple(round(0.55 + 0.05 * i, 2) for i in range(9))


@dataclass(frozen=True)
class ThresholdSweep:
    """Features, and groups of related features, per neuron at each threshold.

    `thresholds` (t,), ascending; `features`, `groups` (t, neurons).
    """

    thresholds: np.ndarray
    features: np.ndarray
    groups: np.ndarray

    @property
    def polysemantic(self) -> np.ndarray:
        """Neurons with two or more groups at each threshold: (t,)."""
        return (self.groups >= 2).sum(1)

    @property
    def monosemantic(self) -> np.ndarray:
        """Neurons with exactly one group: (t,)."""
        return (self.groups == 1).sum(1)

    @property
    def silent(self) -> np.ndarray:
        """Neurons selective for nothing, those that could not be assessed included: (t,)."""
        return (self.groups == 0).sum(1)


def threshold_sweep(
    strengths: np.ndarray,
    relatedness: Relatedness | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> ThresholdSweep:
    """Count features with strength ≥ threshold; `strengths`: (neurons, features), NaN never counts.

    Strengths are any measure where larger means more selective, such as `strength(auroc)` or |r|.
    """
    related = relatedness or Relatedness.none(strengths.shape[1])
    known = np.nan_to_num(strengths, nan=-np.inf)
    steps = np.sort(np.asarray(thresholds, dtype=np.float64))
    selective = [known >= step for step in steps]
    return ThresholdSweep(
        steps,
        np.array([s.sum(1) for s in selective]),
        np.array([related.groups(s) for s in selective]),
    )
