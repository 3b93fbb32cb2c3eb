"""Frozen configurations: unknown keys are refused, JSON is canonical, content has a hash."""

from __future__ import annotations

import difflib
import hashlib
import json
from functools import cache
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from polysem._errors import BadInput, one_line

MOST_LISTED, LIKE_LISTED = 30, 8  # names in a message


class Config(BaseModel):
    """Base of every configuration.

    Instances are immutable and hashable. `Config.build(**values)` is the door for values that a
    user typed: a bad one raises `BadInput` with one sentence naming the field and what it takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)

    @model_validator(mode="before")
    @classmethod
    def _no_bool_for_a_number(cls, values: Any) -> Any:
        """`True` would pass as 1."""
        if isinstance(values, dict):
            for name, value in values.items():
                if (value is True or value is False) and not _takes_bool(cls, name):
                    raise ValueError(f"{name} = {value} is not allowed: it is no switch")
        return values

    @classmethod
    def build(cls, **values: Any) -> Self:
        """Make one from user input; raise `BadInput` with one clear sentence if it does not fit."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadInput(_sentence(cls, error)) from None

    def canonical_json(self) -> str:
        """JSON with sorted keys and no white space: equal configurations give equal text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    def content_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of `canonical_json()`."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()[:16]


@cache
def _takes_bool(cls: type[Config], name: str) -> bool:
    """True if the field takes a bool, or is unknown, which is said elsewhere."""
    field = cls.model_fields.get(name)
    if field is None:
        return True
    within = [field.annotation]
    for kind in within:
        within.extend(get_args(kind))
    return bool in within or Any in within


def _sentence(cls: type[Config], error: ValidationError) -> str:
    """Say the first thing wrong in one sentence, and how many more there are."""
    problems = error.errors(include_url=False)
    first = problems[0]
    name = _field_name(first["loc"]) or cls.__name__
    if first["type"] == "extra_forbidden":
        text = unknown_name(name, _fields_at(cls, first["loc"]), "setting")
    else:
        message = first["msg"].removeprefix("Value error, ")
        text = f"{message[:1].lower()}{message[1:]}."
        if isinstance(first["input"], dict | BaseModel):  # values that do not go together
            text = f"{name}: {text}"
        else:
            text = f"{name} = {first['input']!r} is not allowed: {text}"
    if len(problems) > 1:
        text += f" ({len(problems) - 1} more of the settings given do not fit.)"
    return one_line(text)


def _field_name(location: tuple[int | str, ...]) -> str:
    """The innermost field named in a location of pydantic's, as a user knows it."""
    names = [part for part in location if isinstance(part, str) and part.isidentifier()]
    return names[-1] if names else ""


def _fields_at(cls: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The fields allowed where an unknown one was found; those of `cls` if that is not known."""
    found = cls
    for part in location[:-1]:
        inner = found.model_fields.get(str(part))
        if inner is None or not (
            isinstance(inner.annotation, type) and issubclass(inner.annotation, BaseModel)
        ):
            return list(found.model_fields)
        found = inner.annotation
    return list(found.model_fields)


def unknown_name(given: str, allowed: list[str], what: str) -> str:
    """'Unknown setting 'sed'; did you mean 'seed'? allowed are …' as one sentence.

    Of very many names only those like the one given are listed.
    """
    close = difflib.get_close_matches(given, allowed, n=1, cutoff=0.5)
    hint = f" did you mean {close[0]!r}?" if close else ""
    if close and len(allowed) > MOST_LISTED:
        like = difflib.get_close_matches(given, allowed, n=LIKE_LISTED, cutoff=0.3)
        return (
            f"Unknown {what} {given!r};{hint} of the {len(allowed)} allowed these are most "
            f"like it: {', '.join(like)}."
        )
    return f"Unknown {what} {given!r};{hint} allowed are {', '.join(allowed)}."
