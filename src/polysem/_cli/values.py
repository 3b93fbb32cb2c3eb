"""Turning what was typed into values, with one clear sentence where it does not fit."""

from __future__ import annotations

import json
import re
from typing import Any, overload

from polysem._errors import BadInput

MOST_SHOWN = 200  # letters of what was typed, in an error message


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


def widths(text: str | None) -> int | list[int] | None:
    """'64' → 64; '32,64' → [32, 64]; None → None. Raises `BadInput` otherwise."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--m {text!r} is no number of neurons; write 64, or 32,64,256.") from None
    return numbers[0] if len(numbers) == 1 else numbers


def whole_numbers(option: str, text: str) -> list[int]:
    """'3,-1' → [3, -1]. Raises `BadInput` otherwise."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(
            f"{option} {text!r} is not a list of whole numbers; write for example {option} 2,2,-1."
        ) from None


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
    said = {"std": std, "shared": shared}
    given = {name: value for name, value in said.items() if value is not None}
    found = law("--noise", kind)
    for name in found.keys() & given:
        raise BadInput(f"--noise {kind!r} and --noise-{name} both say {name}; give one of them.")
    return found | given


@overload
def law(option: str, text: str) -> dict[str, Any]: ...
@overload
def law(option: str, text: str | None) -> dict[str, Any] | None: ...
def law(option: str, text: str | None) -> dict[str, Any] | None:
    """'leaky:leak=0.1' → {"kind": "leaky", "leak": 0.1}; also 'power=2,l2=0.1', or a JSON object.

    Values are read as JSON, and as text where that fails. Raises `BadInput`.
    """
    if text is None:
        return None
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInput(f"{option} {_shown(text)} is not JSON: {error}.") from None
    kind, colon, rest = text.partition(":")
    if not colon and "=" in text:
        kind, rest = "", text
    found: dict[str, Any] = {"kind": kind.strip()} if kind else {}
    for part in filter(None, re.split(r"\s*,\s*(?=\w+=)", rest.strip())):  # lists have commas too
        name, equals, value = part.partition("=")
        if not (name and equals):
            raise BadInput(
                f"{option} {_shown(text)} is not understood; write kind:name=value,name=value, "
                "or a JSON object."
            )
        if name in found:
            raise BadInput(f"{option} {_shown(text)} says {name} twice; give it once.")
        found[name] = _plain(value)
    return found


def _shown(text: str) -> str:
    """What was typed, in quotes; of very much only the beginning."""
    return repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…")


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        return value


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
        except (json.JSONDecodeError, RecursionError):
            raise BadInput(
                f"--option {_shown(text)}: {_shown(value)} is not a number, true, false or null."
            ) from None
    return found
