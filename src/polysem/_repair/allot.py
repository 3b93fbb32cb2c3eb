"""A feature for every neuron of a layer, so that all features get equally many neurons."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment


def allotted(liking: np.ndarray) -> list[int]:
    """The feature of each neuron: (neurons,), where the sum of `liking` (neurons, features) is
    greatest of all ways in which no feature gets two neurons more than another."""
    neurons, features = liking.shape
    each, rest = divmod(neurons, features)
    # `rest` of the features get one more: the first slots must be filled, the last need not be
    must = np.tile(liking, (1, each)) + (np.ptp(liking) + 1) * neurons
    slots = np.concatenate([must, liking] if rest else [must], 1)
    return [int(slot) % features for slot in linear_sum_assignment(slots, maximize=True)[1]]
