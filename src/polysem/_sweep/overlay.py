"""Laying the settings of a grid over the defaults of a specification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from polysem._errors import BadInput
from polysem._sweep.axes import must_be_no_truth
from polysem._sweep.fields import Fields, spec_class

FIRST_RECORDED_STEP = 1.0  # of a training; a flow's clock starts at 0.1


@cache
def default_text(verb: str) -> str:
    """The specification of a verb with nothing said but n = m = 1, as JSON."""
    return spec_class(verb).build(network={"n": 1, "m": 1}).model_dump_json()


def defaults(verb: str) -> dict[str, Any]:
    """The default settings, nested, without what must be said (n, m) and what is no field."""
    tree = json.loads(default_text(verb))
    for name in ("verb", "seed", "seeds"):
        del tree[name]
    del tree["network"]["n"], tree["network"]["m"]
    return tree


def sweep_defaults(verb: str) -> dict[str, Any]:
    """The default settings of a cell: nothing is recorded over time unless asked for, because
    statistics of the end are kept always."""
    tree = defaults(verb)
    tree["record"]["what"] = []
    if verb == "train":
        tree["record"]["first"] = FIRST_RECORDED_STEP
    return tree


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path of a nested mapping."""
    *above, last = path.split(".")
    for name in above:
        inner = tree.get(name)
        if not isinstance(inner, dict):
            inner = tree[name] = {}
        tree = inner
    tree[last] = value


def get(tree: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path of a nested mapping; None if it is not there."""
    node: Any = tree
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, level by level; another `kind` brings none of the old settings."""
    if "kind" in over and over["kind"] != under.get("kind"):
        return dict(over)
    result: dict[str, Any] = dict(under)
    for name, value in over.items():
        below = result.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            value = merged(below, value)
        result[name] = value
    return result


def settled(given: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Settings by path, short name or nested, as one nested mapping. Raises `BadInput`."""
    tree: dict[str, Any] = {}
    for path, value in _paths(given, fields, ""):
        put(tree, path, value)
    return tree


def _paths(given: Mapping[str, Any], fields: Fields, above: str) -> list[tuple[str, Any]]:
    found = []
    for name, value in given.items():
        path = fields.path(f"{above}.{name}" if above else str(name))
        if path in fields.branches and value is not None:
            if not isinstance(value, Mapping):
                raise BadInput(f"{path} = {value!r} is not allowed: it holds settings of its own.")
            found += _paths(value, fields, path)
        else:
            must_be_no_truth(path, value, fields.leaves.get(path, "json"))
            found.append((path, value))
    return found


def base_tree(given: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Everything that all cells share: defaults, a recipe, and what the grid's base says."""
    said = {name: value for name, value in given.items() if name not in ("verb", "recipe")}
    tree = sweep_defaults(fields.verb)
    if given.get("recipe") is not None:
        tree = merged(tree, _recipe(str(given["recipe"]), fields.verb))
    return merged(tree, settled(said, fields))


def _recipe(name: str, verb: str) -> dict[str, Any]:
    from polysem._run.train import recipe_settings

    if verb != "train":
        raise BadInput(f"recipe = {name!r} needs verb: train.")
    found = recipe_settings(name)
    network = {key: found[key] for key in ("n", "m", "l1") if found[key] is not None}
    return {"network": network, "train": found["train"]}
