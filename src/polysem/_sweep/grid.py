"""A grid as a user writes it: base, axes, zip, exclude, seeds; from a file or a mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from polysem._config import Config
from polysem._errors import BadInput, one_line

LARGEST_FILE = 2**20
LISTS = {
    "zip": ((list, tuple), "a list of groups of axes, such as [[n, m]]"),
    "exclude": ((str, dict), 'a list of conditions, such as ["m < n", {n: 64, l1: 0.1}]'),
}
TOO_DEEP = "nested too deeply to be a grid"


class Grid(Config):
    """What to sweep.

    `base` — settings that all cells share: verb (simulate or train), recipe (of train), and any
    field by path (network.l1), short name (l1) or nested. `axes` — field → list or range.
    `zip` — groups of axes that move together. `exclude` — conditions, as text ("m < n") or as a
    mapping of equal values. `seeds` — how many, as a number, as arithmetic on fields, or as
    {first: 100, count: 16}.
    """

    base: dict[str, Any] = Field(default_factory=dict)
    axes: dict[str, Any] = Field(default_factory=dict)
    zip: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str | dict[str, Any], ...] = ()
    seeds: int | str | dict[str, Any] = 1

    @field_validator("seeds", mode="before")
    @classmethod
    def _how_many(cls, value: object) -> object:
        if isinstance(value, int | str | dict) and not isinstance(value, bool):
            return value
        raise ValueError("write a number, arithmetic as text, or {first: 100, count: 16}")

    @field_validator("zip", "exclude", mode="before")
    @classmethod
    def _lists(cls, value: object, info: ValidationInfo) -> object:
        kinds, written = LISTS[str(info.field_name)]
        if isinstance(value, list | tuple) and all(isinstance(entry, kinds) for entry in value):
            return value
        raise ValueError(f"write {written}")

    @property
    def verb(self) -> str:
        """What every cell does."""
        return str(self.base.get("verb", "simulate"))


def read_grid(source: Grid | Mapping[str, Any] | str | Path) -> Grid:
    """A grid from a mapping, or from a .yaml, .yml or .json file. Raises `BadInput`."""
    if isinstance(source, Grid):
        return source
    if isinstance(source, Mapping):
        return Grid.build(**_named(source, "The grid"))
    path = Path(source)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{str(path)!r} has more than {LARGEST_FILE} bytes: it is no grid.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The grid {str(path)!r} cannot be read: {error}.") from None
    found = _json(path, text) if path.suffix == ".json" else _yaml(path, text)
    return Grid.build(**_named(found, f"The grid {str(path)!r}"))


def _named(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BadInput(f"{what} must be a mapping with base, axes, zip, exclude and seeds.")
    return dict(value)


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(f"{str(path)!r} is not JSON: {error}.") from None
    except RecursionError:
        raise BadInput(f"{str(path)!r} is {TOO_DEEP}.") from None


def _yaml(path: Path, text: str) -> Any:
    """Read YAML with the safe loader: plain values only, and no key twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        """A name that appears twice is a mistake, not a value to forget."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            names = [key.value for key, _ in node.value]
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise BadInput(f"{str(path)!r} says {sorted(map(str, twice))[0]!r} twice.")
            return super().construct_mapping(node, deep)

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise BadInput(f"{str(path)!r} uses a YAML alias (*name); write the value out.")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader)  # a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise BadInput(one_line(f"{str(path)!r} is not YAML: {error}.")) from None
    except RecursionError:
        raise BadInput(f"{str(path)!r} is {TOO_DEEP}.") from None
