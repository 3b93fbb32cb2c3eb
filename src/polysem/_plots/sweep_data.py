"""A sweep as points on panels: means with intervals, theory, axes. No drawing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from polysem._census import mean_count
from polysem._census.columns import COLUMNS
from polysem._plots.colours import BALLS, CYCLE, EXCLUSION, PAPER, Look
from polysem._plots.intervals import bootstrap_mean
from polysem._plots.labels import number, seeds_phrase
from polysem._plots.sweep_choice import Choice, axis_name, groups, is_numeric
from polysem._plots.sweep_scales import Points, Scale, is_log, word, x_scale, y_scale

MARKERS = (
    ("o", "circle"), ("s", "square"), ("^", "triangle"), ("D", "diamond"), ("P", "plus"),
    ("X", "x"),
)  # fmt: skip
LAWS = {
    "n²/4m": ("expected_paper", PAPER),
    "signed balls in bins": ("expected_balls", BALLS),
    "random exclusion": ("expected_exclusion", EXCLUSION),
}
BESIDE = 0.006  # of a linear axis, between colours at one place
ONE_LAW = "signed balls in bins"  # drawn in the colours of the points, where laws differ by colour
SIZES = ("n", "m")  # what the laws depend on
PREDICTED = ("polysemantic", "opposite_sign")  # what the laws are about


class LawLine(NamedTuple):
    """What theory expects; arrays (values of x,)."""

    label: str
    look: Look
    place: np.ndarray
    value: np.ndarray


class Panel(NamedTuple):
    """One of the small multiples."""

    title: str
    points: list[Points]
    laws: list[LawLine]


@dataclass(frozen=True)
class Picture:
    """Everything on a figure of a sweep."""

    title: str
    subtitle: str
    x: Scale
    y: Scale
    panels: list[Panel]

    @property
    def any_limit(self) -> bool:
        """True if means of zero are drawn as upper limits."""
        return self.y.log and any(s.zero.any() for p in self.panels for s in p.points)


def prepare(frame: Any, choice: Choice, note: str = "") -> Picture:
    """Means, intervals and laws of the countable rows of a sweep's table (pandas)."""
    frame = counted(frame, choice)
    categories = None if is_numeric(frame, choice.x) else values_of(frame, choice.x)
    x_log = categories is None and is_log(frame[choice.x], choice.x_log)
    colours = values_of(frame, choice.by) if choice.by else [None]
    panels = [
        Panel(
            label_of(choice.facet, value),
            list(_points(part, choice, colours, categories, x_log)),
            _laws(part, choice, colours, categories),
        )
        for value, part in parts_of(frame, choice.facet)
    ]
    subtitle = _subtitle(frame, choice, note)
    what = word(choice.y).partition(" per network")[0]
    title = f"{what[:1].upper()}{what[1:]} against {word(choice.x)}"
    drawn = [points for panel in panels for points in panel.points]
    expected = [law.value for panel in panels for law in panel.laws]
    x, y = x_scale(frame, choice.x, categories, x_log), y_scale(drawn, expected, choice)
    return Picture(title, subtitle, x, y, panels)


def counted(frame: Any, choice: Choice) -> Any:
    """The rows that a figure is made of: countable ones with a value to show."""
    return frame[frame["countable"].fillna(False).astype(bool)].dropna(subset=[choice.y])


def is_count(column: str) -> bool:
    """True for columns that count something in a network, which get exact Poisson intervals."""
    return COLUMNS.get(column, ("", ""))[0] == "int"


def interval_words(exact: bool) -> str:
    """Which interval is drawn."""
    return "exact 95 % Poisson intervals" if exact else "95 % bootstrap intervals over seeds"


def mean_with_interval(values: np.ndarray, exact: bool) -> tuple[float, float, float]:
    """(mean, low, high) over seeds."""
    if exact:
        found = mean_count(int(values.sum()), len(values))
        return found.mean, found.low, found.high
    mean, low, high = bootstrap_mean(values.astype(float))
    return float(mean), float(low), float(high)


def _points(
    part: Any, choice: Choice, colours: Sequence[Any], categories: list[Any] | None, log: bool
) -> Iterator[Points]:
    exact = is_count(choice.y)
    step = 0.06 if categories else BESIDE * _reach(part[choice.x])
    for i, value in enumerate(colours):
        some = part if choice.by is None else part[is_value(part, choice.by, value)]
        if some.empty:
            continue
        groups = [(x, g[choice.y].to_numpy()) for x, g in some.groupby(choice.x, dropna=False)]
        found = np.array([mean_with_interval(values, exact) for _, values in groups])
        mean, low, high = found.T
        place = _places([x for x, _ in groups], categories)
        shift = i - (len(colours) - 1) / 2  # so that intervals do not hide each other
        yield Points(
            label_of(choice.by, value) or "measured",
            CYCLE[i % len(CYCLE)],
            MARKERS[i % len(MARKERS)],
            np.array([x for x, _ in groups]),
            place * 1.025**shift if log else place + step * shift,
            mean,
            low,
            high,
            np.array([len(values) for _, values in groups]),
        )


def _reach(values: Any) -> float:
    """Largest minus smallest of a numeric column; 0 if it is empty."""
    known = values.dropna()
    return float(known.max() - known.min()) if len(known) else 0.0


def _laws(
    part: Any, choice: Choice, colours: Sequence[Any], categories: list[Any] | None
) -> list[LawLine]:
    """Every law once if all colours share it; else one law in each colour; none where a line would
    run from one n to another and back."""
    if choice.y not in PREDICTED or "expected_balls" not in part.columns:
        return []
    if choice.by not in SIZES and any(groups(part, size, choice.x) for size in SIZES):
        return []
    per_x = part.groupby(choice.x, dropna=False)
    if choice.by not in SIZES and (per_x["expected_balls"].nunique() <= 1).all():
        return [
            LawLine(name, look, *_law(part, choice.x, column, categories))
            for name, (column, look) in LAWS.items()
        ]
    if choice.by is None:
        return []
    lines = []
    for i, value in enumerate(colours):
        some = part[is_value(part, choice.by, value)]
        law = _law(some, choice.x, LAWS[ONE_LAW][0], categories)
        if len(some) and (some.groupby(choice.x)["expected_balls"].nunique() <= 1).all():
            lines.append(LawLine(ONE_LAW, Look(CYCLE[i % len(CYCLE)], "dashed", "--"), *law))
    return lines


def _law(
    part: Any, x: str, column: str, categories: list[Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    expected = part.groupby(x, dropna=False)[column].first()
    return _places(list(expected.index), categories), expected.to_numpy(float)


def parts_of(frame: Any, facet: str | None) -> list[tuple[Any, Any]]:
    """(value, its rows) for every panel; (None, all rows) for a single one."""
    if facet is None:
        return [(None, frame)]
    return [(value, frame[is_value(frame, facet, value)]) for value in values_of(frame, facet)]


def values_of(frame: Any, column: str) -> list[Any]:
    """The different values of a column, in order, what is unknown last."""
    known = sorted(frame[column].dropna().unique().tolist(), key=lambda v: (str(type(v)), v))
    return known + ([None] if frame[column].isna().any() else [])


def is_value(frame: Any, column: str, value: Any) -> Any:
    """Which rows have a value in a column; None is the unknown."""
    return frame[column].isna() if value is None else frame[column] == value


def label_of(column: str | None, value: Any) -> str:
    """A value of a column in words; "" for no column."""
    if column is None:
        return ""
    shown = f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)
    return f"{axis_name(column)} = {shown}"


def _places(values: list[Any], categories: list[Any] | None) -> np.ndarray:
    if categories is None:
        return np.array(values, dtype=float)
    return np.array([float(categories.index(None if v != v else v)) for v in values])


def _subtitle(frame: Any, choice: Choice, note: str) -> str:
    """Settings that all share, seeds per point, and what was averaged away."""
    fixed = [
        f"{axis_name(name)} = {number(value) if name in ('n', 'm') else format(value, 'g')}"
        for name in ("n", "m", "l1")
        if name not in choice.groups and frame[name].nunique() == 1
        for value in [frame[name].iloc[0]]
    ]
    seeds = frame.groupby(choice.groups, dropna=False).size().tolist() if len(frame) else []
    pooled = ", ".join(axis_name(name) for name in choice.pooled)
    bars = f"bars: {interval_words(is_count(choice.y))}"
    words = [*fixed, f"{seeds_phrase(seeds)} per point", pooled and f"averaged over {pooled}", bars]
    return ", ".join(filter(None, [*words, note]))
