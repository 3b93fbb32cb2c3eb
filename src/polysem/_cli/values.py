"""Turning what was typed into values, with one clear sentence where it does not fit."""

from __future__ import annotations

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
