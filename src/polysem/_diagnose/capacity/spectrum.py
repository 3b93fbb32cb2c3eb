"""How many dimensions a matrix uses, from its singular values."""

from __future__ import annotations

import numpy as np

from polysem._diagnose.capacity.features import gram


def singular_values(W: np.ndarray) -> np.ndarray:
    """Singular values, largest first: (min(features, neurons),).

    From the Gram matrix of the shorter side in float64, so values below about 1e-7 of the largest
    (1e-3 for float32 weights) are noise; neither measure below is sensitive to them.
    """
    return of_gram(gram(W if W.shape[0] <= W.shape[1] else W.T))


def of_gram(products: np.ndarray) -> np.ndarray:
    """The same from the Gram matrix of the shorter side."""
    return np.sqrt(np.maximum(np.linalg.eigvalsh(products)[::-1], 0))


def effective_rank(values: np.ndarray) -> float:
    """exp(−Σ p ln p) with p = σ/Σσ: 1 to rank (Roy and Vetterli 2007); NaN if all are 0."""
    return float(np.exp(entropy(values)))


def participation_ratio(values: np.ndarray) -> float:
    """(Σσ²)²/Σσ⁴, from 1 to rank: of the variances along principal axes (Gao et al. 2017)."""
    squares = values**2 / max(float((values**2).max(initial=0)), np.finfo(float).tiny)
    return float(squares.sum() ** 2 / (squares**2).sum()) if squares.any() else np.nan


def entropy(values: np.ndarray) -> float:
    """−Σ p ln p of p = values/Σ values, in nats; NaN if they sum to 0."""
    total = values.sum()
    if not total > 0:
        return np.nan
    p = values[values > 0] / total
    return float(-(p * np.log(p)).sum())
