"""Turning what was typed into values, with one clear sentence where it does not fit."""

from __future__ import annotations

import json
from typing import Any

from polysem._errors import BadInput


def names(text: str | None) -> tuple[str, ...] | None:
    """'a,b' → ("a", "b"); 'none' → (); None → None (the default)."""
    if text is None:
        return None
    if text.strip().lower() == "none":
        return ()
    return tuple(part.strip() for part in text.split(",") if part.strip())


def pair(text: str | None) -> tuple[int, int] | None:
    """'3,7' → (3, 7). Raises `BadInput` otherwise."""
    if text is None:
        return None
    parts = text.split(",")
    try:
        first, second = (int(part) for part in parts)
    except ValueError:
        raise BadInput(
            f"--pair {text!r} is not two feature numbers; write for example --pair 3,7."
        ) from None
    return first, second


def accuracy(text: str) -> str | float:
    """'tight', 'fast', or a number as float (checked further by `FlowOptions`)."""
    try:
        return float(text)
    except ValueError:
        return text


def noise(kind: str | None, std: float | None, shared: str | None) -> dict[str, Any] | None:
    """The three noise options as one configuration; None if none was given."""
    if kind is None:
        if std is not None or shared is not None:
            raise BadInput("--noise-std and --noise-shared need --noise bipolar or gaussian.")
        return None
    given = {"std": std, "shared": shared}
    return {"kind": kind} | {name: value for name, value in given.items() if value is not None}


def settings(pairs: list[str] | None) -> dict[str, Any] | None:
    """['momentum=0.9'] → {"momentum": 0.9}; values are read as JSON. Raises `BadInput`."""
    if not pairs:
        return None
    found = {}
    for text in pairs:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise BadInput(f"--option {text!r} is not name=value; write --option momentum=0.9.")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            raise BadInput(
                f"--option {text!r}: {value!r} is not a number, true, false or null."
            ) from None
    return found
