"""One axis of a grid: a list, or a range between two ends, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polysem._errors import BadInput
from polysem._sweep.arithmetic import Lookup, evaluate, names_in

RANGES = ("linear", "geometric")
MOST = 1_000_000  # values on one axis
DIGITS = 12  # kept of a computed value, so that another machine's last bit changes no identity


def names_of_axis(given: Any, kind: str) -> set[str]:
    """The fields on which the values of an axis depend."""
    texts = [text for text in _entries(given) if isinstance(text, str)]
    if isinstance(given, Mapping) or kind in ("int", "float"):
        return {name for text in texts for name in names_in(text)}
    return set()


def axis_values(name: str, given: Any, kind: str, lookup: Lookup) -> list[Any]:
    """The values of an axis of a `kind` of field; raises `BadInput` if it is not a list or range.

    A list takes arithmetic on other fields as text where the field is a number; {linear: [first,
    last, count]} and {geometric: [first, last, count]} are ranges with both ends.
    """
    if isinstance(given, Mapping) and len(given) == 1 and next(iter(given)) in RANGES:
        values = _range(name, next(iter(given)), _entries(given), kind, lookup)
    elif isinstance(given, list | tuple):
        values = [_value(name, entry, kind, lookup) for entry in given]
    else:
        raise _no_axis(name, given)
    if not values:
        raise BadInput(f"The axis {name!r} has no values; give at least one or leave it out.")
    return values


def _no_axis(name: str, given: Any) -> BadInput:
    return BadInput(
        f"The axis {name!r} is {given!r}; write a list such as [64, 128], {{linear: [1, 9, 5]}} "
        "or {geometric: [n, n**2, 5]} (first, last, how many)."
    )


def _entries(given: Any) -> Sequence[Any]:
    inner = next(iter(given.values()), ()) if isinstance(given, Mapping) else given
    return inner if isinstance(inner, list | tuple) else ()


def must_be_no_truth(name: str, value: Any, kind: str) -> None:
    """Raise `BadInput` for true or false where a number belongs; pydantic would read 1 or 0."""
    if kind in ("int", "float") and isinstance(value, bool):
        raise BadInput(f"{name} = {value} is not allowed: a number is needed.")


def _value(name: str, entry: Any, kind: str, lookup: Lookup) -> Any:
    if not (isinstance(entry, str) and kind in ("int", "float")):
        must_be_no_truth(name, entry, kind)
        return entry
    value = evaluate(entry, lookup)
    must_be_no_truth(f"{name} = {entry!r}", value, kind)
    return _tidy(value, kind) if kind == "float" else value


def _range(name: str, law: str, ends: Sequence[Any], kind: str, lookup: Lookup) -> list[Any]:
    if kind not in ("int", "float") or len(ends) != 3:
        raise _no_axis(name, {law: list(ends)})
    first, last, count = (evaluate(str(end), lookup) for end in ends)
    for end in (first, last, count):
        must_be_no_truth(f"An end of the axis {name}", end, kind)
    if not (isinstance(count, int) and 1 <= count <= MOST):
        raise BadInput(f"The axis {name!r} asks for {count!r} values; 1 to {MOST} are allowed.")
    if law == "geometric" and not (first > 0 and last > 0):
        raise BadInput(f"The geometric axis {name!r} goes from {first} to {last}; use ends > 0.")
    shares = [i / (count - 1) if count > 1 else 0.0 for i in range(count)]
    if law == "linear":
        values = [first + (last - first) * share for share in shares]
    else:
        values = [first * (last / first) ** share for share in shares]
    return list(dict.fromkeys(_tidy(value, kind) for value in values))


def _tidy(value: float, kind: str) -> float | int:
    """A whole number for a whole-number field; else few enough digits to be the same anywhere."""
    return round(value) if kind == "int" else float(f"{value:.{DIGITS}g}")
