"""Which columns of a sweep a figure shows: as asked for, else what a reader would try first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polysem._config import unknown_name
from polysem._errors import BadInput

MOST_COLOURS, MOST_PANELS = 6, 12
FIRST_X = ("m", "n", "l1")  # of axes with equally many values
NONE = "none"  # said in place of a column: no colours, no panels
SYMBOLS = {"l1": "λ"}


@dataclass(frozen=True)
class Choice:
    """Columns: `x` and `y` axes, `by` (one colour each value) and `facet` (one panel each).

    `pooled` — axes of the sweep that are none of these: their cells are averaged. `x_log`,
    `y_log` — logarithmic axes; None where the values decide.
    """

    x: str
    y: str
    by: str | None
    facet: str | None
    pooled: tuple[str, ...] = ()
    x_log: bool | None = None
    y_log: bool | None = None

    @property
    def groups(self) -> list[str]:
        """The columns that set points apart."""
        return [name for name in (self.facet, self.by, self.x) if name is not None]


def choose(
    frame: Any,
    axes: Sequence[str],
    x: str | None = None,
    y: str | None = None,
    by: str | None = None,
    facet: str | None = None,
    *,
    x_log: bool | None = None,
    y_log: bool | None = None,
) -> Choice:
    """Fill in what was not said. `frame` — a pandas table; `axes` — the columns of its axes.

    x: the numeric axis of most values (m before n before λ); by: the next axis of at most 6
    values; facet: the next of at most 12; "none" for no colours or no panels. An axis that follows
    from those chosen is left out, unless it puts the values of x into groups (n, where every n has
    values of m of its own).
    Raises `BadInput` for a column that is not there or cannot be drawn.
    """
    bare = {role for role, name in (("by", by), ("facet", facet)) if name == NONE}
    by, facet = (None if name == NONE else name for name in (by, facet))
    for role, name in (("x", x), ("y", y), ("by", by), ("facet", facet)):
        if name is not None and name not in frame.columns:
            raise BadInput(unknown_name(name, sorted(frame.columns), f"column for {role}"))
    y = y or "polysemantic"
    if frame[y].dtype.kind not in "iufb":
        raise BadInput(f"y = {y!r} holds no numbers; choose one such as polysemantic.")
    said = [name for name in (x, by, facet) if name is not None]
    if len(set(said)) < len(said):
        raise BadInput(f"x, by and facet must differ; {', '.join(said)} was given.")
    free = [a for a in axes if a not in said and frame[a].nunique(dropna=False) > 1]
    if x is None:
        x = _best_x(frame, [a for a in free if not _follows(frame, a, said)] or free, axes)
        free = [a for a in free if a != x]
    chosen = [x, *[name for name in (by, facet) if name is not None]]
    grouping = [a for a in FIRST_X if a in free and groups(frame, a, x)]
    free = [*grouping[:1], *_independent(frame, free, [*chosen, *grouping])]
    if by is None and "by" not in bare:
        by = next((a for a in free if frame[a].nunique() <= MOST_COLOURS), None)
        free = _independent(frame, [a for a in free if a != by], [*chosen, *([by] if by else [])])
    if facet is None and "facet" not in bare:
        facet = next((a for a in free if frame[a].nunique() <= MOST_PANELS), None)
        free = _independent(frame, [a for a in free if a != facet], _named(x, by, facet))
    _check_few(frame, by, facet)
    return Choice(x, y, by, facet, tuple(free), x_log, y_log)


def groups(frame: Any, axis: str, x: str) -> bool:
    """True if every value of x belongs to one value of an axis, and several to the same."""
    several = 1 < frame[axis].nunique() < frame[x].nunique()
    return axis != x and several and _follows(frame, axis, [x])


def axis_name(column: str) -> str:
    """A column as figures name it."""
    return SYMBOLS.get(column, column)


def is_numeric(frame: Any, column: str) -> bool:
    """True for a column that has a place on a scale."""
    return frame[column].dtype.kind in "iuf"


def _named(*names: str | None) -> list[str]:
    return [name for name in names if name is not None]


def _best_x(frame: Any, free: Sequence[str], axes: Sequence[str]) -> str:
    numeric = [a for a in free if is_numeric(frame, a)]
    if numeric:
        order = {name: i for i, name in enumerate(FIRST_X)}
        return min(numeric, key=lambda a: (-frame[a].nunique(), order.get(a, len(order))))
    return next(iter(free), None) or next((a for a in axes if a in frame), "m")


def _independent(frame: Any, axes: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """The axes that do not follow from the chosen ones (such as λ = 0.05/√m from m)."""
    kept: list[str] = []
    for axis in axes:
        if not _follows(frame, axis, [*chosen, *kept]):
            kept.append(axis)
    return kept


def _follows(frame: Any, axis: str, chosen: Sequence[str]) -> bool:
    if not chosen:
        return False
    groups = frame.groupby(list(chosen), dropna=False, observed=True)
    return bool((groups[axis].nunique(dropna=False) <= 1).all())


def _check_few(frame: Any, by: str | None, facet: str | None) -> None:
    for role, name, most in (("by", by, MOST_COLOURS), ("facet", facet, MOST_PANELS)):
        if name is not None and frame[name].nunique() > most:
            raise BadInput(
                f"{role} = {name!r} has {frame[name].nunique()} values; at most {most} can be told "
                "apart: put it on x, or sweep fewer."
            )
