"""Which methods are compared: those named, or all that can be used, and their shams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from polysem._errors import BadInput
from polysem._repair.prevent.method import Method
from polysem._repair.prevent.registry import DEFAULTS, method
from polysem._repair.prevent.solving import Spec


def chosen_methods(given: Iterable[Any] | None, spec: Spec) -> list[Method]:
    """The methods asked for, each once; by default those that can be used with `spec`.

    Raises `BadInput` for an unknown one, or one asked for that cannot be used here.
    """
    if given is None:
        return [one for one in map(method, DEFAULTS) if one.refusal(spec) is None]
    found = named(given)
    for one in found:
        one.check(spec)
    return found


def with_shams(methods: Sequence[Method]) -> list[Method]:
    """The methods, then every sham of theirs that is not among them."""
    shams = [one.sham for one in methods if one.sham is not None]
    return list(dict.fromkeys([*methods, *shams]))


def named(given: Iterable[Any]) -> list[Method]:
    """The methods asked for, each once. Raises `BadInput` for an unknown one, or none at all."""
    if isinstance(given, str):
        raise BadInput(f"methods = {given!r} is one text; give a list, such as [{given!r}].")
    found = list(dict.fromkeys(map(method, given)))
    if not found:
        raise BadInput("No method was named; name one, such as 'distinct', or leave methods out.")
    return found
