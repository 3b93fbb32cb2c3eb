"""Arrays of any library as NumPy matrices of real numbers, with the names of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polysem._errors import BadInput


def matrix(values: Any, name: str, axes: tuple[str, str]) -> np.ndarray:
    """`values` as a (rows, columns) array of floats; `BadInput` saying which axis is wrong.

    NumPy arrays, nested lists, data frames and torch tensors of any device (recognised by their
    methods, so torch is not imported here). float16 and bfloat16 become float32; whole numbers and
    booleans float64. float32 and float64 are not copied.
    """
    array = plain_array(values, name)
    wanted = f"({axes[0]}, {axes[1]})"
    if array.ndim != 2:
        hint = f" use {name}[:, None] for one of the {axes[1]}." if array.ndim == 1 else ""
        raise BadInput(
            f"{name} has shape {array.shape}, {array.ndim} axes; it must have two, {wanted}.{hint}"
        )
    for axis, length in enumerate(array.shape):
        if length == 0:
            raise BadInput(f"{name} has shape {array.shape}: no {axes[axis]} (axis {axis}).")
    if array.dtype in (np.float32, np.float64):
        return array
    kind = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize < 4 else np.float64
    return array.astype(kind)


def plain_array(values: Any, name: str) -> np.ndarray:
    """`values` as an array of real numbers of any shape, or `BadInput`."""
    if hasattr(values, "detach"):  # a torch tensor
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":
            values = values.float()
        values = values.numpy()
    elif hasattr(values, "to_numpy"):  # a data frame
        values = values.to_numpy()
    try:
        array = np.asarray(values)
    except ValueError:
        raise BadInput(f"{name} has rows of unequal length; it must be a matrix.") from None
    if array.dtype.kind not in "fiub":
        raise BadInput(f"{name} holds {array.dtype} values; it must hold real numbers.")
    return array


def column_names(
    given: Sequence[str] | None, values: Any, count: int, what: str
) -> tuple[str, ...]:
    """The names given, or a data frame's, or '0', '1', …; each there once and not empty.

    `what` is "feature" or "neuron". `BadInput` for a wrong number, an empty or a repeated name.
    """
    if given is None:
        columns = getattr(values, "columns", None)
        given = [str(i) for i in range(count)] if columns is None else list(columns)
    names = tuple("" if name is None else str(name).strip() for name in given)
    if len(names) != count:
        raise BadInput(
            f"{len(names)} {what} names for {count} {what}s (axis 1); give one name for each."
        )
    if "" in names:
        raise BadInput(f"{what} {names.index('')} (counted from 0) has no name; name every {what}.")
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in seen:
            raise BadInput(
                f"{what}s {seen[name]} and {place} (counted from 0) are both called {name!r}; "
                "give every one its own name."
            )
        seen[name] = place
    return names
