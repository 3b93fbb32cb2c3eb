"""Making a large matrix small enough to draw without losing its few large weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Pooled(NamedTuple):
    """`values` — (rows, columns) weights; `row`, `column` — where in the matrix each came from."""

    values: np.ndarray
    row: np.ndarray
    column: np.ndarray


def pool_max_abs(matrix: np.ndarray, max_rows: int, max_columns: int) -> Pooled:
    """The weight of largest |value|, sign kept, of every block of a grid of at most this size.

    `matrix`: (rows, columns). NaN counts as 0. A matrix that is small enough comes back unchanged.
    """
    matrix = np.nan_to_num(np.asarray(matrix, dtype=np.float32), posinf=0, neginf=0)
    by_column, column = _pool_last(matrix, max_columns)
    by_row, row = _pool_last(by_column.T, max_rows)
    row = row.T
    return Pooled(by_row.T, row, np.take_along_axis(column, row, axis=0))


def _pool_last(matrix: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Pool along the last axis into at most `limit` blocks: values and their indices."""
    width = matrix.shape[-1]
    block = -(-width // limit)
    padded = np.zeros((len(matrix), -(-width // block) * block), dtype=matrix.dtype)
    padded[:, :width] = matrix
    grouped = padded.reshape(len(matrix), -1, block)
    at = np.abs(grouped).argmax(-1)
    values = np.take_along_axis(grouped, at[..., None], -1)[..., 0]
    return values, np.arange(grouped.shape[1]) * block + at
