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
MOST_SHOWN = 200  # letters of a value in a message


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
                if _is_bool(value) and not _takes_bool(cls, name):
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


def _is_bool(value: Any) -> bool:
    """True for Python's and NumPy's."""
    return isinstance(value, bool) or (type(value).__module__ == "numpy" and value.dtype == bool)


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
    context = first.get("ctx", {})
    tags = [tag.strip("'") for tag in context.get("expected_tags", "").split(", ")]
    if first["type"] == "extra_forbidden":
        text = unknown_name(name, _fields_at(cls, first["loc"]), "setting")
    elif first["type"] == "union_tag_invalid":
        text = unknown_name(str(context["tag"]), tags, f"kind of {name}")
    elif first["type"] == "union_tag_not_found":
        kinds = [_kind(one) for one in _inside(cls, first["loc"])]
        text = f"{name} needs a kind; allowed are {', '.join(kinds)}."
    else:
        message = first["msg"].removeprefix("Value error, ")
        text = f"{message[:1].lower()}{message[1:]}."
        if isinstance(first["input"], dict | BaseModel):  # values that do not go together
            text = f"{name}: {text}"
        else:
            text = f"{name} = {_shown(first['input'])} is not allowed: {text}"
    if len(problems) > 1:
        text += f" ({len(problems) - 1} more of the settings given do not fit.)"
    return one_line(text)


def _field_name(location: tuple[int | str, ...]) -> str:
    """The innermost field named in a location of pydantic's, as a user knows it."""
    names = [part for part in location if isinstance(part, str) and part.isidentifier()]
    return names[-1] if names else ""


def _fields_at(cls: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The fields allowed where an unknown one was found; those of `cls` if that is not known."""
    inside = _inside(cls, location[:-1])
    return list((inside[0] if len(inside) == 1 else cls).model_fields)


def _inside(cls: type[BaseModel], location: tuple[int | str, ...]) -> list[type[BaseModel]]:
    """The models that may stand at a location of pydantic's, in which unions name their kind."""
    inside = [cls]
    for part in location:
        if len(inside) == 1 and part in inside[0].model_fields:
            inside = _models_in(inside[0].model_fields[str(part)].annotation)
        else:
            inside = [one for one in inside if part in (_kind(one), one.__name__)] or inside
    return inside


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that a field takes, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _models_in(part)]


def _kind(model: type[BaseModel]) -> str:
    """The word by which a union knows a model, or its name."""
    return (
        str(model.model_fields["kind"].default) if "kind" in model.model_fields else model.__name__
    )


def _shown(value: Any) -> str:
    """A value as Python writes it; of very much only the beginning."""
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def unknown_name(given: str, allowed: list[str], what: str) -> str:
    """'Unknown setting 'sed'; did you mean 'seed'? allowed are …' as one sentence.

    Of very many names only those like the one given are listed.
    """
    given = given if len(given) <= MOST_SHOWN else f"{given[:MOST_SHOWN]}…"
    close = difflib.get_close_matches(given, allowed, n=1, cutoff=0.5)
    hint = f" did you mean {close[0]!r}?" if close else ""
    if close and len(allowed) > MOST_LISTED:
        like = difflib.get_close_matches(given, allowed, n=LIKE_LISTED, cutoff=0.3)
        return (
            f"Unknown {what} {given!r};{hint} of the {len(allowed)} allowed these are most "
            f"like it: {', '.join(like)}."
        )
    return f"Unknown {what} {given!r};{hint} allowed are {', '.join(allowed)}."
