"""The points of a grid: every combination of its axes that is not excluded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polysem._errors import BadInput
from polysem._sweep.arithmetic import evaluate
from polysem._sweep.axes import axis_values, names_of_axis
from polysem._sweep.fields import Fields, flatten
from polysem._sweep.grid import Grid
from polysem._sweep.overlay import get, merged, put, settled

Point = dict[str, Any]
"""Path → value of every axis."""


@dataclass(frozen=True)
class Axis:
    """An axis by the path of its field, as it was written, and the axes that it depends on."""

    path: str
    given: Any
    kind: str
    needs: frozenset[str]


class Points:
    """Iterate over the points of `grid`; the last axis moves fastest.

    `base` — the settings under the axes, for arithmetic. Raises `BadInput` for an axis that is
    not one, or axes that depend on each other in a circle.
    """

    def __init__(self, grid: Grid, base: Mapping[str, Any], fields: Fields) -> None:
        self._fields, self._base = fields, base
        self._exclude = [self._condition(given) for given in grid.exclude]
        axes = [self._axis(name, given) for name, given in grid.axes.items()]
        self.paths = [axis.path for axis in axes]
        if len(set(self.paths)) < len(self.paths):
            raise BadInput("Two axes of the grid are the same field; join them into one list.")
        self._groups = self._ordered(self._zipped(axes, grid.zip))

    def __iter__(self) -> Iterator[Point]:
        return (point for point in self._below(0, {}) if not self._excluded(point))

    def value(self, name: str, point: Mapping[str, Any]) -> Any:
        """The value of a field at a point: of its axis, or of the base."""
        found = self._said(self._fields.path(name), point)
        if found is None:
            raise BadInput(f"{name!r} has no value that arithmetic could use; say it in base.")
        return found

    def _said(self, path: str, point: Mapping[str, Any]) -> Any:
        """What is said at a path, also within settings that are swept as a whole; or None."""
        if path in point:
            return point[path]
        if not any(path.startswith(f"{axis}.") for axis in point):
            return get(self._base, path)
        over: dict[str, Any] = {}
        for axis, value in point.items():
            put(over, axis, value)
        return get(merged(self._base, over), path)

    def _axis(self, name: str, given: Any) -> Axis:
        path = self._fields.path(name)
        kind = self._fields.leaves.get(path, "json")
        needs = frozenset(self._fields.path(used) for used in names_of_axis(given, kind))
        return Axis(path, given, kind, needs)

    def _zipped(self, axes: list[Axis], groups: Sequence[Sequence[str]]) -> list[list[Axis]]:
        """Axes that move together, in one group; each other one alone. Order as written."""
        by_path = {axis.path: [axis] for axis in axes}
        for names in groups:
            paths = [self._fields.path(name) for name in names]
            unknown = [name for name, path in zip(names, paths, strict=True) if path not in by_path]
            if unknown or len(set(paths)) < 2:
                raise BadInput(f"zip names {list(names)}; name two or more of the axes.")
            if any(len(by_path[path]) > 1 for path in paths):
                raise BadInput(f"zip names an axis of {list(names)} twice; name each axis once.")
            together = [by_path[path][0] for path in paths]
            by_path.update(dict.fromkeys(paths, together))
        return list({id(group): group for group in by_path.values()}.values())

    def _ordered(self, groups: list[list[Axis]]) -> list[list[Axis]]:
        """Groups so that each comes after those that it needs, otherwise as written."""
        swept, placed, ordered = set(self.paths), set[str](), []
        while groups:
            for group in groups:
                needed = set().union(*(axis.needs for axis in group))
                needs = {
                    axis for axis in swept for path in needed if f"{path}.".startswith(f"{axis}.")
                }
                if needs <= placed:
                    break
            else:
                names = ", ".join(axis.path for group in groups for axis in group)
                raise BadInput(f"The axes {names} depend on each other in a circle.")
            groups.remove(group)
            ordered.append(group)
            placed |= {axis.path for axis in group}
        return ordered

    def _below(self, depth: int, point: Point) -> Iterator[Point]:
        if depth == len(self._groups):
            yield dict(point)
            return
        group = self._groups[depth]
        columns = [self._values(axis, point) for axis in group]
        if len({len(column) for column in columns}) > 1:
            sizes = ", ".join(f"{a.path}: {len(c)}" for a, c in zip(group, columns, strict=True))
            raise BadInput(f"Axes that are zipped need equally many values, not {sizes}.")
        for values in zip(*columns, strict=True):
            for axis, value in zip(group, values, strict=True):
                point[axis.path] = value
            yield from self._below(depth + 1, point)
        for axis in group:
            del point[axis.path]

    def _values(self, axis: Axis, point: Point) -> list[Any]:
        return axis_values(axis.path, axis.given, axis.kind, lambda name: self.value(name, point))

    def _excluded(self, point: Point) -> bool:
        return any(condition(point) for condition in self._exclude)

    def _condition(self, given: str | Mapping[str, Any]) -> Callable[[Point], bool]:
        if isinstance(given, str):
            return lambda point: bool(evaluate(given, lambda name: self.value(name, point)))
        said = flatten(settled(given, self._fields), self._fields)
        wanted = {path: v if isinstance(v, list) else [v] for path, v in said.items()}
        return lambda point: all(self._said(path, point) in v for path, v in wanted.items())
