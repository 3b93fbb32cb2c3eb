"""Intervals for AUROC: DeLong steadied by Hanley and McNeil, Newcombe's form at the edges."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit, ndtri

from polysem._diagnose.selectivity.auroc import auroc
from polysem._diagnose.selectivity.placements import squared_placements
from polysem._diagnose.selectivity.ranks import class_sizes

HALVINGS = 50
STEADYING = 8  # samples of the smaller class that Hanley and McNeil's variance counts for


def delong_variance(activations: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Variance of AUROC from placements: (neurons, features), exact with ties.

    s²(V₁₀)/n₁ + s²(V₀₁)/n₀ with V₁₀ the share of negatives below a positive, V₀₁ the share of
    positives above a negative (DeLong, DeLong and Clarke-Pearson 1988). NaN for a constant neuron
    and with fewer than two samples in a class.
    """
    positive, negative = class_sizes(labels)
    area = auroc(activations, labels)
    first, second = squared_placements(activations, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        v10 = (first / negative**2 - positive * area**2) / (positive - 1)
        v01 = (second / positive**2 - negative * (1 - area) ** 2) / (negative - 1)
        variance = np.maximum(v10, 0) / positive + np.maximum(v01, 0) / negative
    rounding = 1e-14 / np.maximum(np.minimum(positive, negative), 1)
    variance[variance < rounding] = 0
    variance[:, (positive < 2) | (negative < 2)] = np.nan
    return variance


def hanley_mcneil_variance(
    area: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> np.ndarray:
    """Variance of AUROC from its value alone, for exponential scores (Hanley and McNeil 1982).

    Needs no samples, so it serves streams: [θ(1−θ) + (n₁−1)(Q₁−θ²) + (n₀−1)(Q₂−θ²)] / n₁n₀ with
    Q₁ = θ/(2−θ), Q₂ = 2θ²/(1+θ).
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (positive - 1) * (q1 - area**2) + (negative - 1) * (q2 - area**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (area * (1 - area) + spread) / (positive * negative)


def auroc_interval(
    area: np.ndarray,
    variance: np.ndarray,
    positive: np.ndarray,
    negative: np.ndarray,
    level: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) for AUROC θ: normal on the logit scale, which stays within 0 and 1.

    logit θ ± z·√s²/(θ(1−θ)) (Pepe 2003). From few samples DeLong's variance itself scatters, so
    s² = (n·variance + 8·V)/(n + 8), n the smaller class and V as in `newcombe_interval`. Where the
    variance is 0, as at θ = 1, that score interval.
    """
    z = -ndtri((1 - level) / 2)
    fewer = np.minimum(positive, negative)
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = _balanced_variance(area, positive, negative)
        steadied = (fewer * variance + STEADYING * prior) / (fewer + STEADYING)
        centre, half = logit(area), z * np.sqrt(steadied) / (area * (1 - area))
        low, high = expit(centre - half), expit(centre + half)
    edge = (variance <= 0) | (area <= 0) | (area >= 1)
    if edge.any():
        score = newcombe_interval(area, positive, negative, level)
        low, high = np.where(edge, score[0], low), np.where(edge, score[1], high)
    return low, high


def _balanced_variance(area: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Hanley and McNeil's with n₁ − 1 and n₀ − 1 both replaced by their mean (Newcombe 2006)."""
    mean = (positive + negative) / 2
    return hanley_mcneil_variance(area, mean, mean) * mean**2 / (positive * negative)


def newcombe_interval(
    area: np.ndarray, positive: np.ndarray, negative: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high): all θ with |area − θ| ≤ z√V(θ), by bisection (Newcombe 2006, method 5).

    V is Hanley and McNeil's with both n₁ − 1 and n₀ − 1 replaced by their mean. Has width at
    area = 1 too.
    """
    z = -ndtri((1 - level) / 2)

    def outside(theta: np.ndarray) -> np.ndarray:
        return np.abs(area - theta) > z * np.sqrt(_balanced_variance(theta, positive, negative))

    bounds = []
    for far in (np.zeros_like(area), np.ones_like(area)):
        inside = np.array(area, dtype=np.float64)
        for _ in range(HALVINGS):
            middle = (inside + far) / 2
            out = outside(middle)
            inside, far = np.where(out, inside, middle), np.where(out, middle, far)
        bounds.append(np.where(np.isnan(area), np.nan, inside))
    return bounds[0], bounds[1]
