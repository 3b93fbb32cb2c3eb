"""Does the count scale as n²/m? Poisson regression of counts on log n and log m.

    log E count = log A + a log n + b log m, by iteratively reweighted least squares.

Zeros are data here; they would be lost in a line through log counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from polysem._errors import BadInput
from polysem._intervals import check_confidence
from polysem._theory.checks import sizes
from polysem._theory.compare import two_sided, whole_counts
from polysem._theory.intervals import Interval

ITERATIONS = 100
LARGEST_LOG = 30.0  # |log expectation| that no table of counts asks for: the fit is running away

NOT_FITTED = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class PowerLawFit:
    """E count = `constant`·n^`n_exponent`·m^`m_exponent`, each with its confidence interval.

    An exponent whose size did not vary is NaN: `constant` then includes that factor.
    `dispersion` — Pearson χ² over degrees of freedom (NaN without any); above 1 it widens the
    intervals by its root, below 1 it does not narrow them. `dispersion_p` — two-sided χ² test.
    `converged` — whether the iteration settled; if not (all counts of one size are 0, so that an
    exponent has no bound) the intervals are infinite.
    """

    constant: Interval
    n_exponent: Interval
    m_exponent: Interval
    dispersion: float
    dispersion_p: float
    cells: int
    converged: bool

    def expected(self, n: Any, m: Any) -> Any:
        """The fitted expectation at n and m."""
        n, m = sizes(n, m)
        a, b = np.nan_to_num([self.n_exponent.value, self.m_exponent.value])
        return self.constant.value * n**a * m**b

    def __str__(self) -> str:
        parts = [f"{self.constant.value:.3g}"]
        for name, power in (("n", self.n_exponent), ("m", self.m_exponent)):
            if not math.isnan(power.value):
                half = (power.high - power.low) / 2
                parts.append(f"{name}^({power.value:.3f} ± {half:.3f})")
        return " · ".join(parts)


def fit_power_law(n: Any, m: Any, counts: Any, confidence: float = 0.95) -> PowerLawFit:
    """Fit counts: (runs,) from runs with `n` features on `m` neurons (numbers, or (runs,) arrays).

    Errors: `BadInput` if every count is 0, or if n and m vary together (m = 4n throughout, say),
    so that their exponents cannot be told apart.
    """
    observed = whole_counts(counts).ravel()
    if observed.sum() == 0:
        raise BadInput("Every count is 0: a power law needs at least one above it.")
    columns = _columns(n, m, observed.size)
    centre = {name: column.mean() for name, column in columns.items()}
    X = np.stack([np.ones_like(observed), *(columns[k] - centre[k] for k in columns)], axis=1)
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise BadInput("n and m vary together: vary one at fixed other to fit both exponents.")
    beta, covariance, mu, converged = _poisson_regression(X, observed)
    dispersion, p = _dispersion(observed, mu, X.shape[1])
    covariance = covariance * max(1.0, np.nan_to_num(dispersion, nan=1.0))
    reach = float(stats.norm.isf((1 - check_confidence(confidence)) / 2))
    reach = reach if converged else math.inf
    powers = {
        k: _interval(float(beta[i]), float(covariance[i, i]), reach)
        for i, k in enumerate(columns, start=1)
    }
    at_one = np.array([1.0, *(-centre[k] for k in columns)])  # back to n = m = 1
    constant = _interval(float(at_one @ beta), float(at_one @ covariance @ at_one), reach)
    return PowerLawFit(
        constant=Interval(*np.exp(np.minimum(constant, 700)).tolist()),
        n_exponent=powers.get("n", NOT_FITTED),
        m_exponent=powers.get("m", NOT_FITTED),
        dispersion=dispersion,
        dispersion_p=p,
        cells=observed.size,
        converged=converged,
    )


def _columns(n: Any, m: Any, runs: int) -> dict[str, np.ndarray]:
    """log n and log m, each (runs,), where they vary."""
    n, m = sizes(n, m)
    try:
        both = {"n": np.broadcast_to(n.ravel(), runs), "m": np.broadcast_to(m.ravel(), runs)}
    except ValueError:
        raise BadInput(f"n and m do not fit {runs} counts: give one of each per run.") from None
    return {name: np.log(size) for name, size in both.items() if np.ptp(size) > 0}


def _dispersion(counts: np.ndarray, mu: np.ndarray, parameters: int) -> tuple[float, float]:
    """Pearson χ² over degrees of freedom, and its two-sided p; NaN without freedom."""
    freedom = counts.size - parameters
    if freedom < 1:
        return math.nan, math.nan
    pearson = float(((counts - mu) ** 2 / mu).sum())
    law = stats.chi2(freedom)
    return pearson / freedom, two_sided(law.cdf(pearson), law.sf(pearson))


def _poisson_regression(
    X: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """Coefficients, their covariance, fitted means, and whether the iteration settled."""
    mu = counts + 0.5
    eta = np.log(mu)
    beta = np.zeros(X.shape[1])
    converged = False
    for _ in range(ITERATIONS):
        working = eta + (counts - mu) / mu
        before, root = beta, np.sqrt(mu)
        beta = np.linalg.lstsq(X * root[:, None], working * root, rcond=None)[0]
        eta = np.clip(X @ beta, -LARGEST_LOG, LARGEST_LOG)
        mu = np.exp(eta)
        if np.abs(beta - before).max() < 1e-10 * (1 + np.abs(beta).max()):
            converged = bool(np.abs(X @ beta).max() < LARGEST_LOG)
            break
    return beta, np.linalg.pinv((X * mu[:, None]).T @ X), mu, converged


def _interval(value: float, variance: float, reach: float) -> Interval:
    half = reach * math.sqrt(variance) if math.isfinite(reach) else math.inf
    return Interval(value, value - half, value + half)
