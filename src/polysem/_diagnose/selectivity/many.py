"""Many tests at once: p-values adjusted so that the promise holds for all of them together."""

from __future__ import annotations

import numpy as np
from scipy.stats import false_discovery_control


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """p adjusted for the false discovery rate (Benjamini and Hochberg 1995), same shape.

    Reject where ≤ α: at most a share α of the rejections is false, on average, for independent or
    positively dependent tests. NaN stays NaN and does not count as a test.
    """
    return _over_known(p, lambda known: false_discovery_control(known, method="bh"))


def holm(p: np.ndarray) -> np.ndarray:
    """p adjusted for the family-wise error (Holm 1979), same shape; valid under any dependence.

    Reject where ≤ α: with probability ≥ 1 − α no rejection is false. NaN stays NaN.
    """
    return _over_known(p, _holm)


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    adjusted = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    result = np.empty_like(adjusted)
    result[order] = adjusted
    return result


def _over_known(p: np.ndarray, adjust) -> np.ndarray:
    result = np.array(p, dtype=np.float64)
    known = ~np.isnan(result)
    if known.any():
        result[known] = adjust(result[known])
    return result
