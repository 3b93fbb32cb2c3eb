"""What several claims need: effects of groups, tables of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polysem._claims.effect import Effect

SHOWN = 0.95  # confidence of intervals that are shown but decide nothing

PAPER = "Lecomte et al., What Causes Polysemanticity?, arXiv 2312.03096"


Frame = Any
"""A pandas data frame; its stubs know too little of what indexing gives."""


def where(frame: Frame, **equal: Any) -> Frame:
    """The rows in which every named column has the given value."""
    for name, value in equal.items():
        frame = frame[frame[name] == value]
    return frame


def by_network(frame: Frame, hit: Frame, keys: Sequence[str]) -> tuple[Any, Any]:
    """How many rows of each network are a `hit` (booleans), and how many it has; `keys` tell
    networks with starts of their own apart."""
    groups = hit.astype(float).groupby([frame[key] for key in keys])
    return groups.sum().to_numpy(), groups.size().to_numpy()


def by(
    frame: Frame, keys: Sequence[str], effect: Callable[[Frame], Effect]
) -> list[tuple[dict[str, Any], Effect]]:
    """(values of `keys`, effect) of every group, in order."""
    groups = frame.groupby(list(keys), sort=True)
    return [(dict(zip(keys, place, strict=True)), effect(group)) for place, group in groups]


def table(effects: Sequence[tuple[dict[str, Any], Effect]], what: str) -> Frame:
    """Groups with their effects, 95 % intervals, as rows to show."""
    import numpy as np
    import pandas as pd

    def seen(end: float) -> float:
        return end if np.isfinite(end) else np.nan

    return pd.DataFrame(
        [
            {**place, what: e.value, "95 % from": seen(e.low), "to": seen(e.high), e.units: e.size}
            for place, e in effects
        ]
    )


def counted(n: int) -> str:
    """So many features, in words."""
    return "1 feature" if n == 1 else f"{n} features"
