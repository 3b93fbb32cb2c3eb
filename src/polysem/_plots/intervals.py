"""Bootstrap band over seeds. (For counts: `polysem._census.mean_count`, exact Poisson.)"""

from __future__ import annotations

from typing import Any

import numpy as np

RESAMPLES = 2000


def bootstrap_mean(
    values: Any, confidence: float = 0.95, resamples: int = RESAMPLES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over seeds with its percentile interval from resampling seeds: values (seeds, …) → (…).

    The random numbers are fixed, so the same values give the same band. One seed has no interval
    (NaN), since nothing is known about the spread.
    """
    values = np.asarray(values, dtype=float)
    mean = values.mean(0)
    if len(values) < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    share = np.full(len(values), 1 / len(values))
    draws = np.random.default_rng(0).multinomial(len(values), share, size=resamples)
    means = np.tensordot(draws / len(values), values, axes=1)
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(means, [tail, 100 - tail], axis=0)
    return mean, low, high
