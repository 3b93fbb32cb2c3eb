"""What several claims need: effects of groups, tables of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from polysem._claims.effect import Effect

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 0.95  # confidence of intervals that are shown but decide nothing

PAPER = "Lecomte et al., What Causes Polysemanticity?, arXiv 2312.03096"


def where(frame: pd.DataFrame, **equal: Any) -> pd.DataFrame:
    """The rows in which every named column has the given value."""
    for name, value in equal.items():
        frame = frame[frame[name] == value]
    return frame


def by(
    frame: pd.DataFrame, keys: Sequence[str], effect: Callable[[pd.DataFrame], Effect]
) -> list[tuple[dict[str, Any], Effect]]:
    """(values of `keys`, effect) of every group, in order."""
    groups = frame.groupby(list(keys), sort=True)
    return [(dict(zip(keys, place, strict=True)), effect(group)) for place, group in groups]


def table(effects: Sequence[tuple[dict[str, Any], Effect]], what: str) -> pd.DataFrame:
    """Groups with their effects, 95 % intervals, as rows to show."""
    import pandas as pd

    return pd.DataFrame(
        [
            {**place, what: e.value, "95 % from": e.low, "to": e.high, e.units: e.size}
            for place, e in effects
        ]
    )
