"""Observed counts, one per seed, against a predicted expectation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from polysem._errors import BadInput
from polysem._intervals import garwood
from polysem._theory.checks import numbers
from polysem._theory.prediction import Prediction


@dataclass(frozen=True)
class CountComparison:
    """How counts of independent runs compare with a predicted mean.

    `ratio` (`low`, `high`) — observed / predicted with its exact Poisson interval, conservative
    where runs scatter less than Poisson (dispersion < 1, as signed balls in bins do).
    `p_value` — two-sided exact Poisson test that the mean is the predicted one.
    `dispersion` — variance/mean over runs; 1 for Poisson, NaN for one run or no counts.
    `dispersion_p` — two-sided χ² test of dispersion 1 (valid for a mean of about 1 or more).
    """

    runs: int
    total: int
    mean: float
    expected: float
    ratio: float
    low: float
    high: float
    p_value: float
    dispersion: float
    dispersion_p: float

    @property
    def agrees(self) -> bool:
        """True if the interval of the ratio contains 1."""
        return self.low <= 1 <= self.high

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "does not agree"
        return (
            f"{self.mean:.4g} observed per run over {self.runs} runs, {self.expected:.4g} "
            f"predicted: ratio {self.ratio:.3g} ({self.low:.3g} to {self.high:.3g}), {verdict}"
        )


def compare_counts(
    counts: Any, prediction: Prediction | float, confidence: float = 0.95
) -> CountComparison:
    """Compare `counts`: (runs,), whole numbers ≥ 0, with a prediction or an expectation > 0.

    Errors: `BadInput`.
    """
    observed = whole_counts(counts).ravel()
    expected = float(prediction.value if isinstance(prediction, Prediction) else prediction)
    if not (math.isfinite(expected) and expected > 0):
        raise BadInput(f"The prediction is {expected}: a ratio needs a finite one above 0.")
    total, runs = int(observed.sum()), observed.size
    low, high = garwood(total, confidence)
    dispersion, dispersion_p = dispersion_test(observed)
    return CountComparison(
        runs=runs,
        total=total,
        mean=total / runs,
        expected=expected,
        ratio=total / runs / expected,
        low=low / runs / expected,
        high=high / runs / expected,
        p_value=_poisson_p(total, runs * expected),
        dispersion=dispersion,
        dispersion_p=dispersion_p,
    )


def dispersion_test(counts: Any) -> tuple[float, float]:
    """(variance/mean, two-sided p): Σ(x−x̄)²/x̄ against χ² with runs − 1 degrees of freedom."""
    observed = whole_counts(counts).ravel()
    if observed.size < 2 or observed.sum() == 0:
        return math.nan, math.nan
    statistic = float(((observed - observed.mean()) ** 2).sum() / observed.mean())
    law = stats.chi2(observed.size - 1)
    return statistic / (observed.size - 1), two_sided(law.cdf(statistic), law.sf(statistic))


def whole_counts(counts: Any) -> np.ndarray:
    """`counts` as an array of whole numbers ≥ 0, or `BadInput`."""
    observed = numbers("counts", counts, least=0)
    if (observed != np.floor(observed)).any():
        raise BadInput("counts holds a number that is not whole: give the count of each run.")
    return observed


def two_sided(below: Any, above: Any) -> float:
    """Twice the smaller tail, at most 1."""
    return float(min(1.0, 2 * min(below, above)))


def _poisson_p(total: int, mean: float) -> float:
    law = stats.poisson(mean)
    return two_sided(law.cdf(total), law.sf(total - 1))
