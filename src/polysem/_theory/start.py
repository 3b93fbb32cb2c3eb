"""Collisions at the start: which features have their largest |weight| on the same neuron.

With Gaussian initial weights the argmax of each row is uniform over the m neurons, its sign a fair
coin, rows independent: n balls in m bins. Exact for the initial state, whatever λ.
docs/theory.md#collisions-at-the-start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from polysem._theory.checks import sizes, whole
from polysem._theory.counts import exclusion_count
from polysem._theory.quantiles import binomial_like_interval


def start_collisions(n: Any, m: Any) -> Any:
    """C(n,2)/m: expected pairs of features that share their argmax neuron. Vectorised.

    Half of them have equal signs (malign), half opposite (benign): C(n,2)/2m each.
    """
    n, m = sizes(n, m)
    pairs = n * (n - 1) / (2 * m)
    return float(pairs) if pairs.ndim == 0 else pairs


def pair_variance(n: int, places: int) -> float:
    """Variance of the number of pairs in one place, n features on `places` equal places.

    C(n,2)·p(1−p), p = 1/places: pairs that share a feature are still independent of each other,
    since wherever that feature lies the other joins it with probability p.
    """
    n, places = whole("n", n), whole("places", places)
    return n * (n - 1) / 2 * (1 / places) * (1 - 1 / places)


def pair_interval(n: int, places: int, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) for the number of such pairs: binomial law of the exact mean and variance."""
    n, places = whole("n", n), whole("places", places)
    mean = n * (n - 1) / 2 / places
    return binomial_like_interval(mean, pair_variance(n, places), confidence)


def occupancy_at_start(n: int, m: int, most: int = 4) -> np.ndarray:
    """Expected number of neurons that are the argmax of 0, 1, … `most` features: (most+1,).

    m · Binomial(n, 1/m) at 0 … most. Neurons with more than `most` are what is missing from m.
    """
    n, m, most = whole("n", n), whole("m", m), whole("most", most)
    return m * stats.binom.pmf(np.arange(most + 1), n, 1 / m)


def occupancy_by_exclusion(n: int, m: int) -> np.ndarray:
    """Expected number of neurons with 0, 1 and 2 features under random exclusion: (3,).

    For n > 2m only 2m features have a slot.
    """
    n, m = whole("n", n), whole("m", m)
    two = float(exclusion_count(n, m))
    one = min(n, 2 * m) - 2 * two
    return np.array([m - one - two, one, two])
