"""Correlation of neurons with features, plain and controlled for the other features."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtri

from polysem._diagnose.selectivity.moments import Moments

COLLINEAR = 1e-9  # of a feature's variance left unexplained by the others: none, to rounding


def correlation(moments: Moments) -> np.ndarray:
    """Pearson's r, the point-biserial correlation where labels are 0 and 1: (neurons, features).

    −1 to 1; NaN for a constant neuron or feature.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        r = moments.cross / np.sqrt(np.outer(moments.neurons, moments.feature_squares))
    return np.clip(r, -1, 1)


def partial_correlation(moments: Moments) -> np.ndarray:
    """Correlation of neuron and feature after regressing all other features out of both.

    r = B/√(B² + RSS·P) with B the coefficients of the regression on all features, RSS what it
    leaves, P the diagonal of the inverse of Σ(y−ȳ)(y−ȳ)ᵀ. (neurons, features), −1 to 1. NaN for
    a constant neuron or feature, for features that are a linear combination of others
    (`collinear`) and where n ≤ features + 1.
    """
    usable = moments.feature_squares > 0
    result = np.full(moments.cross.shape, np.nan)
    if moments.n <= int(usable.sum()) + 1 or not usable.any():
        return result
    scale = np.sqrt(moments.feature_squares[usable])
    inverse = np.linalg.pinv(_label_correlation(moments, usable), rcond=COLLINEAR, hermitian=True)
    cross = moments.cross[:, usable] / scale
    slopes = cross @ inverse
    rest = moments.neurons - np.einsum("kf,kf->k", slopes, cross)
    rest = np.where(rest < 1e-13 * moments.neurons, 0, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = slopes / np.sqrt(slopes**2 + np.outer(rest, np.diagonal(inverse)))
    result[:, usable] = r
    result[:, collinear(moments)] = np.nan
    result[moments.neurons == 0] = np.nan
    return result


def collinear(moments: Moments) -> np.ndarray:
    """True for features that are a linear combination of others: (features,).

    The classes of a one-hot coding that covers every sample are: given all but one of them, the
    last is known.
    """
    found = np.zeros(len(moments.feature_mean), dtype=bool)
    usable = moments.feature_squares > 0
    if usable.any():
        values, vectors = np.linalg.eigh(_label_correlation(moments, usable))
        null = vectors[:, values < COLLINEAR * values.max()]
        found[usable] = (null**2).sum(1) > 1e-6
    return found


def _label_correlation(moments: Moments, usable: np.ndarray) -> np.ndarray:
    scale = np.sqrt(moments.feature_squares[usable])
    return moments.features[np.ix_(usable, usable)] / np.outer(scale, scale)


def correlation_interval(
    r: np.ndarray, n: int, controls: int = 0, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) by Fisher's z: tanh(artanh r ± z/√(n − 3 − controls)).

    Exact in the limit for a bivariate normal law, approximate for labels of 0 and 1 (Fisher 1921,
    1924 for partial correlation). NaN where n ≤ 3 + controls.
    """
    left = n - 3 - controls
    if left < 1:
        return np.full_like(r, np.nan), np.full_like(r, np.nan)
    half = -ndtri((1 - level) / 2) / np.sqrt(left)
    with np.errstate(divide="ignore"):
        centre = np.arctanh(r)
    return np.tanh(centre - half), np.tanh(centre + half)


def correlation_p(r: np.ndarray, n: int, controls: int = 0) -> np.ndarray:
    """Two-sided p by Student's t with n − 2 − controls degrees of freedom; NaN if there are none.

    For labels of 0 and 1 this is the pooled two-sample t-test.
    """
    df = n - 2 - controls
    if df < 1:
        return np.full_like(r, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = r * np.sqrt(df / (1 - r**2))
    return 2 * stats.t.sf(np.abs(t), df)
