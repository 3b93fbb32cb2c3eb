"""Labels that are class numbers, as a column of 0 and 1 per class."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import plain_array
from polysem._diagnose.sites.record import split


def by_class(batches: list[Any], most: int | None = None) -> list[Any]:
    """The batches with a column per class, if the labels of all are whole numbers from 0.

    `batches` of (inputs, labels). Others are returned as they are. `most` — columns at least, such
    as the number of names.
    """
    pairs = [split(batch) for batch in batches]
    numbers = [_classes(labels) for _, labels in pairs]
    known = [one for one in numbers if one is not None]
    if len(known) < len(pairs):
        return batches
    columns = max(most or 0, 1 + max(int(one.max()) for one in known))
    return [
        (inputs, np.eye(columns, dtype=np.float32)[one])
        for (inputs, _), one in zip(pairs, known, strict=True)
    ]


def _classes(labels: Any) -> np.ndarray | None:
    """Class numbers (samples,), or None if the labels are something else."""
    if labels is None:
        return None
    array = plain_array(labels, "labels")
    whole = array.ndim == 1 and array.dtype.kind in "iu" and len(array) > 0
    return array if whole and array.min() >= 0 else None
