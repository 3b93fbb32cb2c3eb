"""What may be counted: arrays and labels checked once, at the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._types import Weights


def checked_weights(array: Any, name: str) -> Weights:
    """The array as (seeds, n_features, n_neurons), real floating point; or `BadInput`.

    float32 and float64 are kept as they are (no copy); other numbers become one of the two.
    """
    weights = np.asarray(array)
    if weights.dtype.kind not in "fiub":
        raise BadInput(f"{name} holds {weights.dtype} values; a census needs real numbers.")
    if weights.ndim not in (2, 3):
        raise BadInput(
            f"{name} has shape {weights.shape}; a census needs (n_features, n_neurons) or "
            "(seeds, n_features, n_neurons)."
        )
    if weights.size == 0:
        raise BadInput(f"{name} has shape {weights.shape} and so holds no weights to count.")
    weights = weights if weights.ndim == 3 else weights[None]
    return weights.astype(plain_float(weights.dtype), copy=False)


def plain_float(dtype: np.dtype) -> type[np.floating]:
    """float32 for float16 and float32, float64 for any other number."""
    return np.float32 if dtype.kind == "f" and dtype.itemsize <= 4 else np.float64


def checked_start(array: Any, end: Weights) -> Weights | None:
    """The start in the shape of `end`, or None if there is none; `BadInput` if it does not fit."""
    if array is None:
        return None
    start = checked_weights(array, "start")
    if start.shape != end.shape:
        raise BadInput(
            f"start has shape {start.shape} and end has {end.shape}; both must be the same."
        )
    return start


def checked_labels(labels: Sequence[Any] | None, count: int, name: str) -> list[Any] | None:
    """One label per seed as a list, or None; `BadInput` if there are more or fewer."""
    if labels is None:
        return None
    if len(labels) != count:
        raise BadInput(f"{name} has {len(labels)} entries for {count} seeds; give one per seed.")
    return list(labels)


def checked_scale(scale: float | None) -> float | None:
    """A positive finite length, or None; otherwise `BadInput`."""
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise BadInput(
            f"scale = {scale} is not allowed; give the length of a full encoding (1 for a "
            "Polysem run) or None for the largest row norm of each seed."
        )
    return scale
