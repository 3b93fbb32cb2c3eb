"""Where the points of a claim's figure stand, and where its intervals and its axis end."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._plots.colours import BLACK, CYCLE

WORDS_APART, AT_A_WORD = 0.14, 0.5  # between two series, and between the first and the last
APART = 0.018  # between series at one number, of the width of the axis
ROOM = 0.04  # of an axis, beyond what is drawn
NEAR = 0.4  # lowest over highest value, below which the axis begins at 0
FEW_PLACES = 7


def places(panel: Any) -> list[np.ndarray]:
    """x of every series as numbers; points of several series at the same place side by side."""
    words = panel.words
    raw = [
        np.array([words.index(x) if words else x for x in series.x], float)
        for series in panel.series
    ]
    if not share_places(panel):
        return raw
    measured = [i for i, series in enumerate(panel.series) if series.low is not None]
    step = min(WORDS_APART, AT_A_WORD / len(measured))
    step = step if words else _step(raw, measured, panel.x_log)
    moved = list(raw)
    for rank, i in enumerate(measured):
        shift = step * (rank - (len(measured) - 1) / 2)
        moved[i] = raw[i] * 10**shift if panel.x_log and not words else raw[i] + shift
    return moved


def share_places(panel: Any) -> bool:
    """True if two series with intervals have a point at the same x."""
    measured = [set(series.x) for series in panel.series if series.low is not None]
    return sum(map(len, measured)) > len(set().union(*measured))


def intervals(panel: Any, series: Any) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the intervals of a series; what is unknown or has no place on the axis is cut."""
    y = np.array(series.y, float)
    if series.low is None:
        return y, y
    low, high = np.array(series.low, float), np.array(series.high, float)
    floor = y * 1e-3 if panel.y_log else np.full_like(y, -np.inf)
    low = np.where(np.isfinite(low), np.maximum(low, floor), y)
    high = np.where(np.isfinite(high), high, y)
    return (np.clip(low, 0, 1), np.clip(high, 0, 1)) if panel.share else (low, high)


def colours(panel: Any) -> list[str]:
    """One for every series: theory in that of the series it is like, or in black."""
    measured = [series.name for series in panel.series if series.low is not None]
    own = {name: CYCLE[i % (len(CYCLE) - 1)] for i, name in enumerate(measured)}
    return [
        own[series.name] if series.low is not None else own.get(series.like, BLACK)
        for series in panel.series
    ]


def y_ends(panel: Any, values: np.ndarray) -> tuple[float, float]:
    """Ends of the y axis for what is drawn: the claimed range is within, and 0 if it is near."""
    if panel.share:
        return -ROOM, 1 + ROOM
    ends = [end for end in panel.claimed or () if np.isfinite(end)]
    values = np.concatenate([values, ends])
    if panel.y_log:
        low, high = np.log10(values[values > 0].min()), np.log10(values.max())
        room = ROOM * (high - low) or ROOM
        return float(10 ** (low - room)), float(10 ** (high + room))
    low, high = float(values.min()), float(values.max())
    low = 0.0 if 0 <= low < NEAR * high else low
    room = ROOM * (high - low) or 1.0
    return low - room, high + room


def x_ticks(panel: Any) -> list[float]:
    """Ticks of a logarithmic x axis: the places themselves if they are few, else none chosen."""
    measured = [series.x for series in panel.series if series.low is not None]
    at = sorted({float(x) for one in measured for x in one if x > 0}) if panel.x_log else []
    return at if len(at) <= FEW_PLACES else []


def band(panel: Any, low: float, high: float) -> tuple[float, float]:
    """The claimed range within an axis from `low` to `high`."""
    return max(panel.claimed[0], low), min(panel.claimed[1], high)


def _step(raw: list[np.ndarray], measured: list[int], log: bool) -> float:
    """Between neighbours, in x or in decades: small against the axis and the nearest places."""
    at = np.unique(np.concatenate([raw[i] for i in measured]))
    at = np.log10(at[at > 0]) if log else at
    if len(at) < 2:
        return 0.02 if log else 0.02 * max(abs(float(at[0])), 1.0)
    nearest = float(np.diff(at).min()) / (len(measured) + 1)
    return min(APART * float(at[-1] - at[0]), nearest)
