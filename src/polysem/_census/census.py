"""The result of a census: one labelled object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polysem._census.collisions import departure_summary, fate_summary
from polysem._census.intervals import MeanCount, mean_count
from polysem._census.rules import Rule
from polysem._census.tables import Table
from polysem._census.text import describe
from polysem._errors import BadInput

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas
    import pyarrow


@dataclass(frozen=True, repr=False)
class Census:
    """Who represents what, in every seed of a batch.

    `table` — one row per seed (columns and meanings: `COLUMNS`); unknown values are masked.
    `features` — one row per feature: the neuron it ended on (−1 if dead), the weight there, how
    many neurons represent it, its initial argmax and the rank of its neuron at the start.
    `polysemantic_neurons` — one row each: seed, neuron, features, weights, sign.
    `collisions` — one row per first-choice collision at the start, None if no start was given.
    `occupancy` — (seeds, k+1) masked integers: neurons with 0, 1, …, k features.
    `warnings` — sentences to read before the numbers; empty if all is well.
    `rule`, `scale`, `l1` — how it was counted, as given. `n_features`, `n_neurons` — n and m.
    """

    n_features: int
    n_neurons: int
    rule: Rule
    scale: float | None
    l1: float | None
    table: Table
    features: Table
    polysemantic_neurons: Table
    collisions: Table | None
    occupancy: np.ndarray
    warnings: tuple[str, ...]

    @property
    def seeds(self) -> list[int]:
        """Labels of the seeds."""
        return self.table["seed"].tolist()

    @property
    def converged(self) -> bool:
        """True if every seed had converged."""
        return bool(np.all(self.table["converged"]))

    @property
    def polysemantic(self) -> MeanCount | None:
        """Polysemantic neurons per seed with exact 95 % Poisson interval; None if none counted."""
        counted = int(np.sum(self.table["countable"]))
        return mean_count(self.total("polysemantic"), counted) if counted else None

    def total(self, name: str) -> int:
        """Sum of a column of `table` over the seeds in which it is known; 0 if in none."""
        return int(np.sum(np.ma.filled(self.table[name], 0)))

    def fates(self) -> Table:
        """What became of the collisions: one row per fate, columns opposite, same and total.

        Raises `BadInput` if no start was given.
        """
        return fate_summary(self._collisions())

    def departures(self) -> Table:
        """Where those went that left their first choice: by end, rank at start, and sign.

        Raises `BadInput` if no start was given.
        """
        return departure_summary(self._collisions())

    def to_dicts(self) -> list[dict[str, Any]]:
        """One plain dict per seed, fit for JSON: None for unknown values, never NaN."""
        return self.table.to_dicts()

    def to_arrow(self) -> pyarrow.Table:
        """One row per seed as an Arrow table."""
        return self.table.to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """One row per seed as a pandas data frame."""
        return self.table.to_pandas()

    def plot(self) -> matplotlib.figure.Figure:
        """Figure: how many features neurons represent, and the fates of collisions."""
        from polysem._plots.census import plot_census

        return plot_census(self)

    def __str__(self) -> str:
        return describe(self)

    __repr__ = __str__

    def _collisions(self) -> Table:
        if self.collisions is None:
            raise BadInput(
                "This census was taken without starting weights, so collisions at the start are "
                "unknown; give take_census the start as well."
            )
        return self.collisions
