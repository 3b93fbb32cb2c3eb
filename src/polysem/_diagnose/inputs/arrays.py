"""Arrays of any library as NumPy matrices of real numbers, with the names of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from polysem._errors import BadInput, one_line

LARGEST, LEAST = 1e120, 1e-120  # beyond, products of four values leave the range of float64
UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
SINGLE = 1e7  # float32 values beyond, or all below 1e-7, are measured in float64


def matrix(values: Any, name: str, axes: tuple[str, str]) -> np.ndarray:
    """`values` as a (rows, columns) array of floats; `BadInput` saying which axis is wrong.

    NumPy arrays (masked values become NaN), nested lists, data frames, sparse matrices and torch
    tensors of any device (recognised by their methods, so torch is not imported here). float16 and
    bfloat16 become float32; whole numbers and booleans float64. float32 and float64 are not copied,
    unless float32 values are so large or small that their squares would not be numbers.
    """
    array = plain_array(values, name)
    wanted = f"({axes[0]}, {axes[1]})"
    if array.ndim != 2:
        hint = ""
        if array.ndim == 1:
            hint = f" Use {name}[:, None] for one of the {axes[1]}."
            if axes[1] == "features":
                hint = f" Use {name}[:, None] for one feature, or a column of 0 and 1 per class."
        raise BadInput(
            f"{name} has shape {array.shape}, {array.ndim} axes; it must have two, {wanted}.{hint}"
        )
    for axis, length in enumerate(array.shape):
        if length == 0:
            raise BadInput(f"{name} has shape {array.shape}: no {axes[axis]} (axis {axis}).")
    if array.dtype not in (np.float32, np.float64):
        kind = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize < 4 else np.float64
        with np.errstate(over="ignore"):  # of a longer type: infinite, and found as such
            array = array.astype(kind)
    return _squarable(array, name)


def _squarable(array: np.ndarray, name: str) -> np.ndarray:
    """The array, in float64 if need be; `BadInput` where even that has no squares of its values."""
    largest = max((_largest(part) for part in _parts(array)), default=0.0)
    if largest > LARGEST or 0 < largest < LEAST:
        raise BadInput(
            f"{name} holds values up to {largest:.3g}, whose squares are no numbers; divide them "
            "by their largest first."
        )
    if array.dtype == np.float32 and (largest > SINGLE or 0 < largest < 1 / SINGLE):
        return array.astype(np.float64)
    return array


def _parts(array: np.ndarray, numbers: int = 1 << 22) -> Iterable[np.ndarray]:
    rows = max(1, numbers // array.shape[1])
    return (array[top : top + rows] for top in range(0, len(array), rows))


def _largest(part: np.ndarray) -> float:
    """Largest finite |value|, 0 without any."""
    high, low = float(part.max()), float(part.min())
    if np.isfinite(high) and np.isfinite(low):
        return max(high, -low)
    finite = part[np.isfinite(part)]
    return float(np.abs(finite).max(initial=0.0))


def plain_array(values: Any, name: str) -> np.ndarray:
    """`values` as an array of real numbers of any shape, or `BadInput`."""
    try:
        array = _unwrapped(values)
    except BadInput:
        raise
    except ValueError:
        raise BadInput(f"{name} has rows of unequal length; it must be a matrix.") from None
    except (TypeError, RuntimeError, NotImplementedError, OverflowError) as error:
        reason = one_line(str(error)).rstrip(".")[:160]
        raise BadInput(
            f"{name}, a {type(values).__name__}, cannot be turned into an array ({reason}); give "
            "an array of real numbers."
        ) from None
    if array.dtype.kind not in "fiub":
        raise BadInput(f"{name} holds {array.dtype} values; it must hold real numbers.")
    return array


def _unwrapped(values: Any) -> np.ndarray:
    if hasattr(values, "detach"):  # a torch tensor
        values = values.detach().cpu()
        if not values.is_complex() and values.is_floating_point() and values.itemsize <= 2:
            values = values.float()  # NumPy has no bfloat16 and no eight-bit floats
        return values.numpy()
    if hasattr(values, "toarray"):  # a sparse matrix
        return np.asarray(values.toarray())
    if hasattr(values, "columns") and hasattr(values, "to_numpy"):  # a data frame
        return _frame(values)
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "fiub":
        return np.ma.filled(values.astype(np.float64), np.nan)
    return np.asarray(values)


def _frame(frame: Any) -> np.ndarray:
    """A data frame whose columns may be of several types; missing values become NaN."""
    array = frame.to_numpy()
    if array.dtype != object or not len(frame.columns):
        return array
    columns = []
    for name in frame.columns:
        column = frame[name]
        try:
            if str(column.dtype) in ("object", "str", "string", "String", "category"):
                raise ValueError
            columns.append(np.asarray(_numbers(column), dtype=np.float64))
        except (TypeError, ValueError):
            raise BadInput(
                f"Column {str(name)!r} holds {column.dtype} values; every column must hold real "
                "numbers, so leave this one out."
            ) from None
    return np.stack(columns, axis=1)


def _numbers(column: Any) -> Any:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)  # pandas
    except TypeError:
        return column.to_numpy()


def column_names(
    given: Sequence[str] | None, values: Any, count: int, what: str
) -> tuple[str, ...]:
    """The names given, or a data frame's, or '0', '1', …; each there once and not empty.

    `what` is "feature" or "neuron". Control characters become spaces. `BadInput` for a wrong
    number, an empty or a repeated name.
    """
    if given is None:
        columns = getattr(values, "columns", None)
        given = [str(i) for i in range(count)] if columns is None else list(columns)
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise BadInput(
            f"names of {what}s are {type(given).__name__}; give a list of {count}, one for each."
        )
    names = tuple("" if name is None else _printable(str(name)) for name in given)
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


def _printable(name: str) -> str:
    """Without line breaks, terminal codes, marks that turn the rest of a line from right to left,
    and halves of surrogate pairs, which no file holds."""
    kept = name.encode("utf-8", "replace").decode("utf-8")
    return one_line(UNPRINTABLE.sub(" ", kept))
