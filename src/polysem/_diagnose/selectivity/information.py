"""Mutual information between binned activations and features, in bits."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, xlogy

from polysem._errors import BadInput

MOST_BINS = 16
LABEL_BINS = 8
LARGEST_BINS = 255  # bin numbers are bytes


def default_bins(samples: int) -> int:
    """Bins for an activation: the cube root of the samples, 2 to 16."""
    return int(np.clip(np.cbrt(samples), 2, MOST_BINS))


def equal_frequency_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin number of each value, column by column: (samples, columns) → the same shape, uint8.

    Bins begin at the quantiles b/bins of the column; equal values always share a bin, so there are
    fewer bins where values repeat, but at least two unless the column is constant: a bin that
    would begin at the least value (the zeros of a rectified neuron) begins at the next one.
    """
    edges = np.quantile(values, np.arange(1, bins) / bins, axis=0, method="higher")
    least = values.min(0)
    above = np.where(values > least, values, np.inf).min(0)
    edges = np.where(edges == least, above, edges)
    numbers = np.zeros(values.shape, dtype=np.uint8)
    for edge in edges:
        numbers += values >= edge
    return numbers


class MutualInformation:
    """Information between neurons and features from their joint counts.

    `bits` — Σ p log₂(p/pq), less the Miller–Madow bias (K_x − 1)(K_y − 1)/(2n ln 2) with K the
    bins in use (Miller 1955); may be slightly negative where there is none. `p` — of the
    likelihood-ratio test G = 2n ln 2 × uncorrected bits against χ² with (K_x−1)(K_y−1) degrees of
    freedom (Wilks 1938); trust it with five or more expected per cell. Both (neurons, features);
    NaN for a constant neuron or feature.
    """

    def __init__(self, n: int, nats: np.ndarray, freedom: np.ndarray) -> None:
        with np.errstate(invalid="ignore"):
            known = freedom > 0
            self.bits = np.where(known, (nats - freedom / (2 * n)) / np.log(2), np.nan)
            self.p = np.where(known, chdtrc(np.maximum(freedom, 1), 2 * n * nats), np.nan)


def mutual_information(
    activations: np.ndarray, labels: np.ndarray, bins: int | None = None
) -> MutualInformation:
    """Bin every neuron into `bins` of equal frequency (default: cube root of n, at most 16).

    `activations`: (samples, neurons); `labels`: (samples, features). Labels with more than eight
    values are binned into eight of equal frequency; others keep their values.
    """
    n = len(activations)
    bins = default_bins(n) if bins is None else bins
    if not 2 <= bins <= LARGEST_BINS:
        raise BadInput(f"bins = {bins} is not allowed: give a whole number, 2 to {LARGEST_BINS}.")
    codes = equal_frequency_bins(activations, bins)
    columns = [_label_codes(column) for column in labels.T]
    table = _one_hot(columns)
    joint = [(codes == b).astype(np.float32).T @ table for b in range(int(codes.max()) + 1)]
    counts = np.stack(joint).astype(np.float64)  # (bins, neurons, label values)
    inner = _segments(xlogy(counts, counts).sum(0), columns)
    rows = counts[..., : _width(columns[0])].sum(-1)  # any one feature's columns cover each sample
    row_term = xlogy(rows, rows).sum(0)
    totals = table.sum(0, dtype=np.float64)
    column_term = _segments(xlogy(totals, totals)[None], columns)
    nats = (inner - row_term[:, None] - column_term + n * np.log(n)) / n
    used = (rows > 0).sum(0)[:, None] - 1
    values = np.array([_width(column) for column in columns]) - 1
    return MutualInformation(n, np.maximum(nats, 0), used * values)


def _label_codes(column: np.ndarray) -> np.ndarray:
    """0, 1, 2, … for the values of one feature, binned if there are many."""
    values, codes = np.unique(column, return_inverse=True)
    if len(values) > LABEL_BINS:
        binned = equal_frequency_bins(column[:, None], LABEL_BINS)[:, 0]
        codes = np.unique(binned, return_inverse=True)[1]
    return codes


def _width(codes: np.ndarray) -> int:
    return int(codes.max()) + 1


def _one_hot(columns: list[np.ndarray]) -> np.ndarray:
    """Indicators of every value of every feature, side by side: (samples, Σ values)."""
    return np.concatenate([np.eye(_width(c), dtype=np.float32)[c] for c in columns], axis=1)


def _segments(values: np.ndarray, columns: list[np.ndarray]) -> np.ndarray:
    """Sum (…, Σ values) over the values of each feature: (…, features)."""
    widths = [_width(column) for column in columns]
    return np.add.reduceat(values, np.r_[0, np.cumsum(widths[:-1])].astype(int), axis=-1)
