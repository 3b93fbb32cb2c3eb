"""What the theory accepts, said once: whole n, m ≥ 1 and a finite λ ≥ 0."""

from __future__ import annotations

import operator
from typing import Any, SupportsIndex, cast

import numpy as np

from polysem._errors import BadInput

LARGEST = 10**12  # beyond this float64 no longer holds the pair counts of the formulas


def whole(name: str, value: Any) -> int:
    """`value` as an int ≥ 1, or `BadInput` naming `name`. 64.0 is accepted, 64.5 is not."""
    wanted = f"a whole number from 1 to {LARGEST:.0e}"
    if isinstance(value, (bool, np.bool_)):
        raise BadInput(f"{name} = {value!r} is not allowed: give {wanted}.")
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return whole(name, int(value))
    try:
        number = operator.index(cast(SupportsIndex, value))
    except TypeError:
        raise BadInput(f"{name} = {value!r} is not allowed: give {wanted}.") from None
    if not 1 <= number <= LARGEST:
        raise BadInput(f"{name} = {number} is not allowed: give {wanted}.")
    return number


def penalty(value: Any, *, positive: bool = False) -> float:
    """λ as a finite float ≥ 0 (> 0 where `positive`), or `BadInput`."""
    wanted = "a finite number above 0" if positive else "a finite number, 0 or above"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadInput(f"l1 = {value!r} is not allowed: give {wanted}.") from None
    if not np.isfinite(number) or number < 0 or (positive and number == 0):
        raise BadInput(f"l1 = {number} is not allowed: give {wanted}.")
    return number


def numbers(name: str, values: Any, *, least: float | None = None) -> np.ndarray:
    """`values` as a finite, non-empty float64 array, none below `least`, or `BadInput`."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"{name} is not an array of numbers: give numbers only.") from None
    if array.size == 0:
        raise BadInput(f"{name} is empty: give at least one number.")
    if not np.isfinite(array).all():
        raise BadInput(f"{name} holds NaN or infinity: give finite numbers only.")
    if least is not None and array.min() < least:
        raise BadInput(f"{name} holds {array.min():g}: give numbers of at least {least:g}.")
    return array


def sizes(n: Any, m: Any) -> tuple[np.ndarray, np.ndarray]:
    """n and m as float64 arrays of whole numbers ≥ 1 that broadcast, or `BadInput`."""
    arrays = []
    for name, value in (("n", n), ("m", m)):
        if np.ndim(value) == 0:
            value = whole(name, value)
        array = numbers(name, value, least=1)
        if (array != np.floor(array)).any() or array.max() > LARGEST:
            raise BadInput(f"{name} holds a number that is not whole or above {LARGEST:.0e}.")
        arrays.append(array)
    try:
        np.broadcast_shapes(arrays[0].shape, arrays[1].shape)
    except ValueError:
        raise BadInput(
            f"n of shape {arrays[0].shape} and m of shape {arrays[1].shape} do not fit together: "
            "give one number, or arrays of equal shape."
        ) from None
    return arrays[0], arrays[1]
