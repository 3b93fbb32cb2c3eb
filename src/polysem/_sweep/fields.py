"""The fields of a specification, whatever rooms add to it: paths, kinds, short names, columns.

Read from the JSON schema that pydantic derives, so that a new field of any depth can be swept and
becomes a column without a line here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from polysem._config import Config, unknown_name
from polysem._errors import BadInput

VERBS = ("simulate", "train")
NOT_FIELDS = ("verb", "seed", "seeds")  # said once for the whole sweep, not per cell
NOT_SWEPT = ("network.initial.sha256",)  # weights given as an array are not drawn
SCALARS = {"integer": "int", "number": "float", "string": "text", "boolean": "bool"}


def spec_class(verb: str) -> type[Config]:
    """The class of the specifications of a verb; raises `BadInput` for another verb."""
    if verb == "simulate":
        from polysem._flow.spec import SimulateSpec

        return SimulateSpec
    if verb == "train":
        from polysem._train.spec import TrainSpec

        return TrainSpec
    raise BadInput(f"verb = {verb!r} is not allowed: a sweep repeats {' or '.join(VERBS)}.")


@dataclass(frozen=True)
class Fields:
    """What a specification of a verb consists of.

    `leaves` — path → "int", "float", "text", "bool" or "json" (what has no fixed fields).
    `branches` — paths of the settings that hold others.
    """

    verb: str
    leaves: Mapping[str, str]
    branches: frozenset[str]

    def path(self, name: str) -> str:
        """The full path of `name`, which may be the last part of it if that says which one.

        Raises `BadInput` for a name that is not there or that could be several.
        """
        known = [*self.leaves, *self.branches]
        if name in self.leaves or name in self.branches:
            return name
        matches = [path for path in known if path.endswith("." + name)]
        shallow = min((path.count(".") for path in matches), default=0)
        matches = [path for path in matches if path.count(".") == shallow]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise BadInput(f"{name!r} could be {' or '.join(sorted(matches))}; say which.")
        if name in NOT_FIELDS:
            raise BadInput(f"{name!r} is not swept by an axis: say seeds: 16 beside the axes.")
        raise BadInput(unknown_name(name, sorted(self.leaves), f"field of {self.verb}"))

    @property
    def columns(self) -> dict[str, str]:
        """Path → plain column name: those of the network without prefix (n, m, l1). What is
        recorded over time is no property of a row."""
        return {
            path: path.removeprefix("network.").replace(".", "_")
            for path in self.leaves
            if not path.startswith("record.")
        }


@cache
def fields_of(verb: str) -> Fields:
    """The fields of the specification of a verb."""
    schema = spec_class(verb).model_json_schema()
    found: dict[str, set[str]] = {}
    branches: set[str] = set()
    for path, kind in _walk(schema, schema.get("$defs", {}), ""):
        if path.split(".")[0] in NOT_FIELDS or path in NOT_SWEPT:
            continue
        if kind == "branch":
            branches.add(path)
        else:
            found.setdefault(path, set()).add(kind)
    leaves = {path: _one_kind(kinds) for path, kinds in found.items() if path not in branches}
    return Fields(verb, leaves, frozenset(branches))


def _walk(node: Mapping[str, Any], defs: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """(path, kind) of everything below a node of a JSON schema."""
    if "$ref" in node:
        node = defs[node["$ref"].rpartition("/")[2]]
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from _walk(choice, defs, path)
    if "properties" in node:
        if path:
            yield path, "branch"
        for name, inner in node["properties"].items():
            yield from _walk(inner, defs, f"{path}.{name}" if path else name)
    elif node.get("type") in SCALARS:
        yield path, SCALARS[node["type"]]
    elif node.get("type") in ("array", "object") or not node.keys() & {"type", "anyOf", "oneOf"}:
        yield path, "json"


def _one_kind(kinds: set[str]) -> str:
    """The kind of a column that has to hold several."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"int", "float"}:
        return "float"
    return "json" if "json" in kinds else "text"


def flatten(tree: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """A nested specification as path → value, the leaves only."""
    flat: dict[str, Any] = {}
    waiting = [("", tree)]
    while waiting:
        path, node = waiting.pop()
        for name, value in node.items():
            inner = f"{path}.{name}" if path else name
            if inner in fields.branches and isinstance(value, Mapping):
                waiting.append((inner, value))
            elif inner in fields.leaves:
                flat[inner] = value
    return flat
