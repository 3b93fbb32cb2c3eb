"""Where every feature ended, and where it had started: one row per feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._census.occupants import Occupants
from polysem._census.rows import Rows, ranks, row_blocks
from polysem._census.tables import Table
from polysem._types import Weights

FEATURES = {
    "seed": "int",
    "feature": "int",
    "neuron": "int",
    "weight": "float",
    "neurons_representing": "int",
    "first_choice": "int",
    "rank_at_start": "int",
    "first_choice_represents": "bool",
}


@dataclass(frozen=True)
class Winners:
    """Per feature; every array is (n_features,).

    `neuron` — of the largest |end weight|, −1 for a dead feature. `weight` — the weight there.
    `representing` — number of neurons that represent the feature. `first_choice` — neuron of the
    largest |start weight| (initial argmax), −1 if all are zero. `rank_at_start` — rank of
    `neuron` among the feature's |start weights|, 1 = first choice, 0 if there is none.
    `won` — True if the first choice represents the feature at the end.
    The last three are None if the start is not known.
    """

    neuron: np.ndarray
    weight: np.ndarray
    representing: np.ndarray
    first_choice: np.ndarray | None = None
    rank_at_start: np.ndarray | None = None
    won: np.ndarray | None = None

    def table(self, seed: int) -> Table:
        """One row per feature; weight and rank are unknown for a dead feature."""
        count = len(self.neuron)
        unknown = [None] * count
        dead = self.neuron < 0
        values = {
            "seed": np.full(count, seed),
            "feature": np.arange(count),
            "neuron": self.neuron,
            "weight": np.ma.MaskedArray(self.weight, dead),
            "neurons_representing": self.representing,
            "first_choice": unknown if self.first_choice is None else self.first_choice,
            "rank_at_start": unknown
            if self.rank_at_start is None
            else _positive(self.rank_at_start),
            "first_choice_represents": unknown if self.won is None else self.won,
        }
        return Table.of(FEATURES, values)


def find_winners(
    rows: Rows, alive: np.ndarray, occupants: Occupants, start: Weights | None
) -> Winners:
    """Winners of one seed from the rows of its end state and, if known, its start (n, m)."""
    neuron = np.where(alive, rows.argmax, -1)
    representing = np.bincount(occupants.feature, minlength=len(neuron))
    if start is None:
        return Winners(neuron, rows.weight, representing)
    first = first_choices(start)
    won = occupants.represents(first)
    return Winners(neuron, rows.weight, representing, first, ranks(start, neuron), won)


def first_choices(start: Weights) -> np.ndarray:
    """Initial argmax: neuron of each row's largest |weight|, the first if tied, −1 for zeros.

    `start`: (n_features, n_neurons) → (n_features,).
    """
    first = np.empty(len(start), dtype=np.int64)
    for rows in row_blocks(start):
        size = np.abs(start[rows])
        first[rows] = np.where(size.any(-1), size.argmax(-1), -1)
    return first


def _positive(rank: np.ndarray) -> np.ndarray:
    """Ranks with 0 (there is none) marked as unknown."""
    return np.ma.MaskedArray(rank, rank == 0)
