"""What the figure of a claim shows, in words: its caption, and its numbers for those who cannot see
it."""

from __future__ import annotations

from typing import Any

from polysem._plots.claims_places import share_places

BAND = " Grey band: what the claim says."
ASIDE = " Points at the same place are drawn side by side."
MOST_WORDS = 12  # of a categorical axis, beyond which only the ends are read out


def caption(panel: Any) -> str:
    """The panel's caption, and how to read what the drawing adds."""
    if not any(series.x for series in panel.series):
        return panel.caption
    band = BAND if panel.claimed else ""
    return panel.caption + band + (ASIDE if share_places(panel) else "")


def alt(panel: Any) -> str:
    """What is drawn, then every measured series in numbers."""
    told = [_told(series) for series in panel.series if series.low is not None and series.x]
    return " ".join([panel.alt, *told])


def _told(series: Any) -> str:
    """ "flow: 0.3 at 0.03 to 0.6 at 1." — all points where x is words."""
    values = [f"{y:.3g} at {_place(x)}" for x, y in zip(series.x, series.y, strict=True)]
    few = isinstance(series.x[0], str) and len(values) <= MOST_WORDS
    told = ", ".join(values) if few else " to ".join(dict.fromkeys([values[0], values[-1]]))
    return f"{series.name}: {told}."


def _place(x: Any) -> str:
    return x if isinstance(x, str) else f"{x:.3g}"
