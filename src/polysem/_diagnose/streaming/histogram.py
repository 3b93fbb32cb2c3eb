"""AUROC from histograms: a stream's ranks, with a bound on the error of every figure."""

from __future__ import annotations

import numba
import numpy as np

BINS = 256


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _count(values, edges, features, starts, with_feature, all_samples):
    for k in range(values.shape[0]):
        for s in range(values.shape[1]):
            b = np.searchsorted(edges[k], values[k, s], side="right")
            all_samples[k, b] += 1
            for j in range(starts[s], starts[s + 1]):
                with_feature[k, b, features[j]] += 1


class BinnedAuroc:
    """Counts of each neuron's activations per bin, with each feature and altogether.

    Bins come from the first batch: its quantiles, and a bin of its own for a value that makes up
    more than one quantile (the zeros of a rectified neuron). Pairs in different bins are counted
    exactly, pairs in one bin as ½, so the error is at most half the share of pairs in one bin
    (`bound`): about 1/(2·bins). Memory: 4 bytes × neurons × bins × features.
    """

    def __init__(self, first: np.ndarray, features: int, bins: int = BINS) -> None:
        edges = np.quantile(first, np.arange(1, bins) / bins, axis=0, method="higher").T
        edges = np.ascontiguousarray(edges)
        again = np.zeros(edges.shape, dtype=bool)
        again[:, 1:] = edges[:, 1:] == edges[:, :-1]
        edges[again] = np.nextafter(edges[again], np.asarray(np.inf, edges.dtype))
        self.edges = np.sort(edges, axis=1)
        self.atom = np.zeros((len(edges), bins), dtype=bool)  # bins of one value only
        above = np.nextafter(self.edges[:, :-1], np.asarray(np.inf, edges.dtype))
        self.atom[:, 1:-1] = self.edges[:, 1:] <= above
        self.with_feature = np.zeros((len(edges), bins, features), dtype=np.uint32)
        self.all_samples = np.zeros((len(edges), bins), dtype=np.uint32)

    def add(self, activations: np.ndarray, labels: np.ndarray) -> None:
        """Count a batch: activations (samples, neurons), labels (samples, features) of 0 and 1."""
        sample, feature = np.nonzero(labels)
        starts = np.searchsorted(sample, np.arange(len(labels) + 1))
        values = np.ascontiguousarray(activations.T, dtype=self.edges.dtype)
        _count(values, self.edges, feature, starts, self.with_feature, self.all_samples)

    def area_and_bound(self) -> tuple[np.ndarray, np.ndarray]:
        """AUROC, and the most it can be off by: both (neurons, features); NaN for one class."""
        shape = self.with_feature.shape[0], self.with_feature.shape[2]
        area, bound = np.empty(shape), np.empty(shape)
        for k in range(len(self.edges)):
            positive = self.with_feature[k].astype(np.float64)
            negative = self.all_samples[k, :, None] - positive
            pairs = positive.sum(0) * negative.sum(0)
            below = np.cumsum(negative, axis=0) - negative / 2
            open_bins = ~self.atom[k]
            with np.errstate(divide="ignore", invalid="ignore"):
                area[k] = (positive * below).sum(0) / pairs
                bound[k] = (positive * negative)[open_bins].sum(0) / (2 * pairs)
        return area, bound
