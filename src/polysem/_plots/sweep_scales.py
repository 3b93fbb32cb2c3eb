"""The axes of a figure of a sweep: what they say, where they end, whether they are logarithmic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from polysem._plots.ranges import doublings, log_range
from polysem._plots.sweep_choice import Choice

MOST_TICKS = 8  # of whole numbers, if they stood as near to each other as the two nearest do
MANY_DECADES = 2.5  # from which an axis has ticks at powers of ten alone
LOG_FROM = 8.0  # largest over smallest value from which an axis is logarithmic
WORDS = {
    "n": "number of features n",
    "m": "number of neurons m",
    "l1": "λ, strength of the ℓ1 norm",
    "polysemantic": "polysemantic neurons per network",
    "opposite_sign": "polysemantic neurons of opposite sign per network",
    "same_sign": "polysemantic neurons of the same sign per network",
    "dead_features": "dead features per network",
    "dead_neurons": "dead neurons per network",
    "initial_argmax_won": "share of features won by their initial argmax",
    "converged": "share of networks that converged",
    "wall_seconds": "seconds per network",
}


class Points(NamedTuple):
    """One colour: means over seeds with 95 % intervals; arrays (values of x,). `place` is x."""

    label: str
    colour: str
    marker: tuple[str, str]
    x: np.ndarray
    place: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: np.ndarray

    @property
    def zero(self) -> np.ndarray:
        """True where the mean is 0, which has no place on a logarithmic axis."""
        return self.mean == 0


@dataclass(frozen=True)
class Scale:
    """One axis: its label, whether it is logarithmic, its ends; `ticks` where they are chosen."""

    label: str
    log: bool
    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...] = ()


def is_wide(values: Any) -> bool:
    """True if a logarithmic axis suits a column."""
    known = values.dropna()
    return len(known) > 0 and known.min() > 0 and known.max() / known.min() >= LOG_FROM


def is_log(values: Any, asked: bool | None) -> bool:
    """Whether an axis is logarithmic: as asked, where it can be; else where it suits."""
    if asked is None:
        return is_wide(values)
    known = values.dropna()
    return asked and len(known) > 0 and bool(known.min() > 0)


def word(column: str) -> str:
    """A column as an axis says it."""
    return WORDS.get(column, column)


def x_scale(frame: Any, column: str, categories: list[Any] | None, log: bool) -> Scale:
    """The axis along x; words stand at 0, 1, 2, …"""
    if categories is not None:
        ticks = tuple((float(i), str(value)) for i, value in enumerate(categories))
        return Scale(word(column), False, (-0.5, max(len(ticks), 1) - 0.5), ticks)
    values = frame[column].to_numpy(float)
    if log:
        whole = frame[column].dtype.kind in "iu"
        ends = log_range(values, margin=1.2)
        doubled = tuple((at, f"{at:,.0f}") for at in doublings(values))
        return Scale(word(column), True, ends, doubled if whole else round_ticks(ends))
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    return Scale(word(column), False, (low - room, high + room), whole_ticks(frame[column]))


def whole_ticks(values: Any) -> tuple[tuple[float, str], ...]:
    """The values themselves where they are whole numbers and few; else none are chosen."""
    found = sorted(set(values.tolist())) if values.dtype.kind in "iu" else []
    near = len(found) > 1 and min(np.diff(found)) < (found[-1] - found[0]) / MOST_TICKS
    return () if near else tuple((float(at), f"{at:,}") for at in found)


def round_ticks(ends: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    """Ticks of a logarithmic axis at 1, 2 and 5 times powers of ten; of many, the powers alone."""
    first, last = (int(np.floor(np.log10(end))) for end in ends)
    steps = (1, 2, 5) if np.log10(ends[1] / ends[0]) < MANY_DECADES else (1,)
    found = [float(f"{s}e{k}") for k in range(first, last + 1) for s in steps]
    return tuple((at, f"{at:g}") for at in found if ends[0] <= at <= ends[1])


def y_scale(drawn: list[Points], expected: list[np.ndarray], choice: Choice) -> Scale:
    """The axis of the means. `expected` — what theory adds to it."""
    means = np.concatenate([s.mean for s in drawn] or [np.zeros(0)])
    values = [v for s in drawn for v in (s.mean, s.low, s.high)]
    values += expected
    label = word(choice.y)
    positive = means[means > 0]
    wide = positive.size and positive.max() / positive.min() >= LOG_FROM
    log = wide if choice.y_log is None else choice.y_log
    if log and positive.size and not (means < 0).any():
        limits = [0.5 * s.high[s.zero] for s in drawn]
        floors = [0.5 * positive]  # an interval that reaches lower runs out of the figure
        ends = log_range(means, *[s.high for s in drawn], *limits, *floors)
        return Scale(label, True, ends, round_ticks(ends))
    flat = np.concatenate(values or [np.zeros(1)])
    flat = flat[np.isfinite(flat)]
    low, high = (float(flat.min()), float(flat.max())) if flat.size else (0.0, 1.0)
    low = min(low, 0.0) if low >= 0 else low
    room = 0.05 * ((high - low) or 1.0)
    return Scale(label, False, (low - (room if low < 0 else 0.0), high + room))
