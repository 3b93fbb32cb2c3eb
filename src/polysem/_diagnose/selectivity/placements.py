"""DeLong's placements, counted in one pass along the sorted samples of each neuron."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _count(values, order, labels, first, second):
    samples, features = labels.shape
    below = np.empty(features)
    here = np.empty(features)
    for k in range(order.shape[0]):
        below[:] = 0
        start = 0
        while start < samples:
            stop = start
            here[:] = 0
            while stop < samples and values[k, order[k, stop]] == values[k, order[k, start]]:
                for f in range(features):
                    here[f] += labels[order[k, stop], f]
                stop += 1
            for f in range(features):
                negatives = stop - start - here[f]
                with_lower = below[f] + here[f] / 2
                without_lower = start - below[f] + negatives / 2
                first[k, f] += here[f] * without_lower * without_lower
                second[k, f] += negatives * with_lower * with_lower
                below[f] += here[f]
            start = stop


def squared_placements(activations: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Σ over positives of (negatives below)², and Σ over negatives of (positives below)².

    Equal activations count ½. `activations` (samples, neurons), `labels` (samples, features) of 0
    and 1 → two arrays (neurons, features).
    """
    values = np.ascontiguousarray(activations.T)
    order = np.argsort(values, axis=1)
    shape = activations.shape[1], labels.shape[1]
    first, second = np.zeros(shape), np.zeros(shape)
    _count(values, order, np.ascontiguousarray(labels, dtype=np.uint8), first, second)
    return first, second
