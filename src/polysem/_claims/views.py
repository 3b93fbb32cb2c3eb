"""Views: from a sweep and the rows of the seeds that may be used to the table that is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from polysem._sweep.results import Sweep

LABELS = ("n", "m", "l1")


def rows(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per seed, as the sweep has it."""
    return frame


def trajectories(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per seed and recorded time, with the row's own columns beside it."""
    over_time = sweep.trajectories.to_pandas()
    kept = frame[["cell", "seed", *LABELS]]
    return over_time.merge(kept, on=["cell", "seed"], how="inner")


def collisions(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per first-choice collision, with n, m, l1 of its network. Needs weights."""
    return _details(sweep, frame, lambda census: census.collisions)


def features(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per feature: where it started and ended, with n, m, l1. Needs weights."""
    return _details(sweep, frame, lambda census: census.features)


def per_seed(measure: Callable[[Any, np.ndarray, np.ndarray], dict[str, Any]]) -> Callable:
    """A view with one row per seed: that of the sweep and what `measure(row, start, end)` adds."""

    def view(sweep: Sweep, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        found = [
            {**row._asdict(), **measure(row, start, end)}
            for row, start, end in with_weights(sweep, frame)
        ]
        return pd.DataFrame(found)

    return view


def with_weights(sweep: Sweep, frame: pd.DataFrame) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """(row, start, end) of every row of `frame`, weights (n, m)."""
    for cell, group in frame.groupby("cell", sort=False):
        weights = sweep.weights(str(cell))
        for row in group.itertuples(index=False):
            both = weights[int(row.seed)]  # pyright: ignore[reportAttributeAccessIssue]
            yield row, both["start"], both["end"]


def with_layers(
    sweep: Sweep, frame: pd.DataFrame
) -> Iterator[tuple[Any, list[tuple[np.ndarray, np.ndarray]]]]:
    """(row, (start, end) encodings of every layer, each (n, m)) of every row of `frame`."""
    for cell, group in frame.groupby("cell", sort=False):
        weights = sweep.weights(str(cell))
        for row in group.itertuples(index=False):
            kept = weights[int(row.seed)]  # pyright: ignore[reportAttributeAccessIssue]
            start, end = kept.get("layers", (kept["start"][None], kept["end"][None]))
            yield row, list(zip(start, end, strict=True))


def _details(sweep: Sweep, frame: pd.DataFrame, of: Callable[[Any], Any]) -> pd.DataFrame:
    import pandas as pd

    from polysem._census import take_census

    found = []
    for cell, group in frame.groupby("cell", sort=False):
        weights = sweep.weights(str(cell))
        seeds = [int(seed) for seed in group["seed"]]
        ends, starts = (
            np.stack([weights[seed][side] for seed in seeds]) for side in ("end", "start")
        )
        census = take_census(ends, starts, scale=1.0, seeds=seeds)
        table = of(census).to_pandas()
        found.append(table.assign(cell=cell, **{name: group[name].iloc[0] for name in LABELS}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
