"""Which labels of a stream have two values; those are read as 0 and 1, as in arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polysem._diagnose.selectivity.moments import Moments


class TwoClasses:
    """The first two values of every feature; `binary` while no third has come.

    The first value is the least of the first batch, so that members, the samples with the other,
    are few where labels are sparse. If the other turns out to be the lesser, the two are `swapped`.
    """

    def __init__(self, features: int) -> None:
        self.first, self.other = np.full((2, features), np.nan)
        self.binary = np.ones(features, dtype=bool)

    @property
    def swapped(self) -> np.ndarray:
        return self.other < self.first

    def members(self, labels: np.ndarray) -> np.ndarray:
        """Where a batch has the other value, (samples, features); nowhere if there is a third."""
        finite = np.isfinite(labels)
        for f in np.flatnonzero(np.isnan(self.first) & finite.any(0)):
            self.first[f] = labels[finite[:, f], f].min()
        away = finite & (labels != self.first)
        for f in np.flatnonzero(np.isnan(self.other) & away.any(0)):
            self.other[f] = labels[away[:, f], f][0]
        self.binary &= ~(away & (labels != self.other)).any(0)
        return away & self.binary

    def recoded(self, moments: Moments) -> Moments:
        """The moments with two-valued labels as 0 and 1; the others as they are."""
        two = self.binary & ~np.isnan(self.other)
        low = np.where(two, np.fmin(self.first, self.other), 0)
        scale = np.where(two, np.abs(self.other - self.first), 1)
        return replace(
            moments,
            feature_mean=(moments.feature_mean - low) / scale,
            cross=moments.cross / scale,
            features=moments.features / np.outer(scale, scale),
        )
