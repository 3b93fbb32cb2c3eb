"""What a claim's figure shows; drawn by `polysem._plots.claims`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._claims.effect import Effect


@dataclass(frozen=True)
class Series:
    """One set of points or one line; `x` numbers or words, `low` and `high` None without bars.

    What has no bars is theory and drawn as a dashed line, in the colour of the series that `like`
    names, if any.
    """

    name: str
    x: tuple[Any, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    line: bool = False
    like: str = ""


@dataclass(frozen=True)
class Panel:
    """A figure: axes, series, and what it shows in words (`caption`; `alt` for the blind).

    Words on the x axis stand in the order of their first appearance. Log axes leave out what is
    not positive. `share` — y is a share: the axis and every interval end at 0 and 1. `claimed` —
    the range of y that the claim gives, shown as a grey band.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    caption: str
    alt: str
    x_log: bool = False
    y_log: bool = False
    share: bool = False
    claimed: tuple[float, float] | None = None

    @property
    def words(self) -> list[str]:
        """The places of a categorical x axis; empty for numbers."""
        places = [x for series in self.series for x in series.x]
        return list(dict.fromkeys(places)) if places and isinstance(places[0], str) else []


def points(name: str, x: Sequence[Any], effects: Sequence[Effect], *, line: bool = False) -> Series:
    """Effects with their intervals; what is unknown is left out."""
    known = [(place, e) for place, e in zip(x, effects, strict=True) if e.known]
    return Series(
        name,
        tuple(place for place, _ in known),
        tuple(e.value for _, e in known),
        tuple(e.low for _, e in known),
        tuple(e.high for _, e in known),
        line,
    )


def curve(name: str, x: Any, y: Any, *, like: str = "") -> Series:
    """A theory line."""
    values = (tuple(np.asarray(v, float).tolist()) for v in (x, y))
    return Series(name, *values, line=True, like=like)
