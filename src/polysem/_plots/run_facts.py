"""What every figure of a run needs to know about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._plots.labels import settings_line


def subtitle(run: Any, seeds: int | str | None = None, note: str = "") -> str:
    """n, m, λ and the seeds that a figure of `run` shows (by default all that were counted)."""
    census = census_of(run)
    counted = int(np.sum(census.table["countable"]))
    return settings_line(
        census.n_features,
        census.n_neurons,
        census.l1,
        counted if seeds is None else seeds,
        note,
    )


def census_of(source: Any) -> Any:
    """The census of a run, or the census itself if it is one."""
    return getattr(source, "census", source)


def first_countable(run: Any) -> int | None:
    """Index of the first seed whose end weights are finite; None if there is none."""
    indices = np.flatnonzero(np.asarray(run.census.table["countable"]))
    return int(indices[0]) if indices.size else None
