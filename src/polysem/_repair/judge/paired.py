"""The mean difference of pairs, with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._intervals import FEWEST, Effect, mean, unknown


def paired(after: Any, before: Any, confidence: float = 0.95, whole: bool = False) -> Effect:
    """Mean of `after` − `before`: (pairs,) each, NaN where one is not known; Student's interval.

    Of counts (`whole`) without any spread, the interval reaches as far as if one pair in k might
    differ by 1, k by Clopper and Pearson. Continuous differences that are all equal have no width.
    Fewer than five pairs say nothing.
    """
    gap = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    gap = gap[np.isfinite(gap)]
    if gap.size < FEWEST:
        return unknown(gap.size, "pairs")
    if not whole and np.ptp(gap) == 0:
        return Effect(gap[0], gap[0], gap[0], gap.size, "pairs", "all pairs equal")
    return mean(gap, confidence, "pairs")
