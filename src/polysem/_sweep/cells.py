"""Cells: one setting of everything but the seeds, under an id that is the hash of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from polysem._errors import BadInput
from polysem._sweep.arithmetic import evaluate
from polysem._sweep.cost import bytes_of_cell, seconds_of_seed
from polysem._sweep.fields import fields_of, flatten, spec_class
from polysem._sweep.grid import Grid
from polysem._sweep.overlay import base_tree, merged, put, sweep_defaults
from polysem._sweep.points import Points

RESULTS_VERSION = 2
"""Raise by one when a change of code changes what a cell holds: old parts are then computed anew.

It is not the package's version, which moves with every release, although most releases change no
result and should cost nobody a sweep. Defaults are left out of a cell's identity, so that a new
field keeps old results valid: raise this also when a default changes its meaning or value.
"""
MOST_CELLS = 2_000_000
MISSING = object()
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a sweep.

    `id` — 16 hex digits: hash of `text` and of `RESULTS_VERSION`. `text` — its canonical
    specification without seeds and defaults, JSON. `first`, `count` — the seeds asked for.
    `together` — its seeds depend on each other and are never computed apart. `over_time` — it
    records trajectories.
    `device` — where it is computed. `seconds` — about what one seed costs. `fixed`, `per_seed` —
    bytes of memory.
    """

    id: str
    text: str
    n: int
    m: int
    first: int
    count: int
    together: bool
    over_time: bool
    device: str
    seconds: float
    fixed: int
    per_seed: int

    @property
    def name(self) -> str:
        """What sets it apart, for people: "n=64, m=256, l1=0.01"."""
        return cell_name(self.text)


def cell_name(text: str) -> str:
    """A canonical specification in words."""
    tree = json.loads(text)
    fields = fields_of(tree["verb"])
    shown = flatten(tree, fields)
    return ", ".join(f"{c}={shown[path]}" for path, c in fields.columns.items() if path in shown)


def cells_of(grid: Grid) -> list[Cell]:
    """Every cell of a grid once, in the order of its axes. Raises `BadInput`, naming the cell."""
    fields = fields_of(grid.verb)
    base = base_tree(grid.base, fields)
    points = Points(grid, base, fields)
    found: dict[str, Cell] = {}
    for point in points:
        over: dict[str, Any] = {}
        for path, value in point.items():
            put(over, path, value)
        first, count = _seeds(grid, points, point)
        cell = _cell(grid.verb, merged(base, over), first, count, point)
        found.setdefault(cell.id, cell)
        if len(found) > MOST_CELLS:
            raise BadInput(f"The grid has more than {MOST_CELLS} cells; split it into several.")
    if not found:
        raise BadInput("The grid has no cells: everything is excluded; loosen exclude.")
    return list(found.values())


def spec_of(text: str, first: int, count: int) -> Any:
    """The specification of a cell for `count` seeds from `first` on."""
    said = json.loads(text)
    verb = said["verb"]
    tree: dict[str, Any] = merged(_defaults(verb), said) | {"seed": first, "seeds": count}
    return spec_class(verb).build(**tree)


def cell_id(text: str) -> str:
    """The identity of a canonical specification under the present `RESULTS_VERSION`."""
    return hashlib.sha256(f"{RESULTS_VERSION} {text}".encode()).hexdigest()[:16]


def canonical(spec: Any) -> str:
    """A specification without seeds and without what is default, as JSON with sorted keys."""
    tree = spec.model_dump(mode="json")
    first, count = tree.pop("seed"), tree.pop("seeds")
    kept = {"verb": tree.pop("verb"), **_pruned(tree, _defaults(spec.verb))}
    if seeds_depend(spec):
        kept |= {"seed": first, "seeds": count}
    return CANONICAL.encode(kept)


def seeds_depend(spec: Any) -> bool:
    """True if the seeds of a specification share noise, so that each depends on all."""
    return spec.verb == "train" and getattr(spec.train.noise, "shared", None) == "all"


def _cell(
    verb: str, tree: dict[str, Any], first: int, count: int, point: Mapping[str, Any]
) -> Cell:
    try:
        spec: Any = spec_class(verb).build(**tree, seed=first, seeds=count)
    except BadInput as error:
        if not point:
            raise
        raise BadInput(f"In the cell {_where(point)}: {error}") from None
    if spec.network.initial.kind == "given":
        raise BadInput("A sweep draws its starting weights; kind = 'given' is not allowed.")
    text = canonical(spec)
    fixed, per_seed = bytes_of_cell(spec)
    network, device = spec.network, (spec.flow if verb == "simulate" else spec.train).device
    return Cell(
        cell_id(text), text, network.n, network.m, first, count, seeds_depend(spec),
        bool(spec.record.what), device, seconds_of_seed(spec), fixed, per_seed,
    )  # fmt: skip


def _where(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} = {value!r}" for path, value in point.items())


@cache
def _defaults(verb: str) -> Mapping[str, Any]:
    return sweep_defaults(verb)


def _pruned(tree: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """`tree` without what equals the default; of another kind than the default's, everything."""
    kept: dict[str, Any] = {}
    for name, value in tree.items():
        usual = default.get(name, MISSING)
        if value == usual:
            continue
        nested = type(value) is dict and type(usual) is dict
        if nested and value.get("kind") == usual.get("kind"):
            kept[name] = _pruned(value, usual)
        else:
            kept[name] = value
    return kept


def _seeds(grid: Grid, points: Points, point: Mapping[str, Any]) -> tuple[int, int]:
    """(number of the first seed, how many) at a point."""
    given = grid.seeds
    if isinstance(given, dict):
        if not given.keys() <= {"first", "count"} or "count" not in given:
            raise BadInput(f"seeds = {given!r} is not allowed; write {{first: 100, count: 16}}.")
        first = given.get("first", 0)
        if type(first) is not int or first < 0:
            raise BadInput(
                f"seeds: first = {first!r} is not allowed; use a whole number from 0 on."
            )
        return first, _count(given["count"], points, point)
    return 0, _count(given, points, point)


def _count(given: Any, points: Points, point: Mapping[str, Any]) -> int:
    value = (
        evaluate(given, lambda name: points.value(name, point)) if isinstance(given, str) else given
    )
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
    if not whole or value < 1:
        raise BadInput(
            f"seeds = {given!r} gives {value!r}; a whole number of at least 1 is needed."
        )
    return int(value)


def seed_ranges(seeds: list[int]) -> Iterator[tuple[int, int]]:
    """Sorted seeds as runs of consecutive ones: (first, count)."""
    start = 0
    for i in range(1, len(seeds) + 1):
        if i == len(seeds) or seeds[i] != seeds[i - 1] + 1:
            yield seeds[start], i - start
            start = i
