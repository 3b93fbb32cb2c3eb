"""Facts about the rows (encodings) of one state, measured in one pass over its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polysem._types import Weights

BLOCK = 1 << 18  # weights per block: its float64 copies stay in the cache
TOO_LARGE = 1e30  # a diverged state; below it no square, product or fourth power overflows


@dataclass(frozen=True)
class Rows:
    """Per feature i of one state W: (n_features, n_neurons); every array is (n_features,).

    `l1_norm` Σ|w|, `norm` ‖W_i‖₂, `fourth_norm` Σw⁴, `nonzeros` number of weights that are not
    zero, `argmax` neuron of the largest |w| (the first if tied), `weight` the weight there,
    `second` the second largest |w| (0 if there is one neuron).
    """

    l1_norm: np.ndarray
    norm: np.ndarray
    fourth_norm: np.ndarray
    nonzeros: np.ndarray
    argmax: np.ndarray
    weight: np.ndarray
    second: np.ndarray


def row_blocks(W: Weights) -> Iterator[slice]:
    """Slices of consecutive rows of W: (n_features, n_neurons), each of about `BLOCK` weights."""
    height = max(1, BLOCK // W.shape[-1])
    return (slice(top, top + height) for top in range(0, len(W), height))


def usable(W: Weights) -> bool:
    """True if every weight of W is finite and below 1e30 in size."""
    return bool(W.max() < TOO_LARGE and W.min() > -TOO_LARGE)  # both False if there is a NaN


def measure_rows(W: Weights) -> Rows:
    """Measure the rows of one usable state W: (n_features, n_neurons), in float64."""
    parts = [_measure_block(W[rows]) for rows in row_blocks(W)]
    return Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def row_norms(W: Weights) -> np.ndarray:
    """‖W_i‖₂ of every row in float64: W (…, n_features, n_neurons) → (…, n_features)."""
    return np.sqrt(np.einsum("...ik,...ik->...i", W, W, dtype=np.float64))


def ranks(W: Weights, neurons: np.ndarray) -> np.ndarray:
    """Rank of neuron `neurons[i]` in row i of |W|, 1 = largest; equal weights share a rank.

    0 where `neurons[i]` is −1 or the row is zero throughout.
    """
    rank = np.zeros(len(W), dtype=np.int64)
    for rows in row_blocks(W):
        size = np.abs(W[rows])
        there = np.take_along_axis(size, np.maximum(neurons[rows], 0)[:, None], -1)
        counted = 1 + np.count_nonzero(size > there, axis=-1)
        rank[rows] = np.where((neurons[rows] >= 0) & size.any(-1), counted, 0)
    return rank


def _measure_block(block: Weights) -> tuple[np.ndarray, ...]:
    size = np.abs(block.astype(np.float64))
    square = size * size
    at = np.arange(len(block)), size.argmax(-1)
    facts = (
        size.sum(-1),
        np.sqrt(square.sum(-1)),
        np.einsum("ik,ik->i", square, square),
        np.count_nonzero(size, axis=-1),
        at[1],
        block[at].astype(np.float64),
    )
    size[at] = 0
    return (*facts, size.max(-1))
