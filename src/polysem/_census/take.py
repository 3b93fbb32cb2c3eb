"""Taking the census of a batch of seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polysem._census.cautions import cautions
from polysem._census.census import Census
from polysem._census.collisions import COLLISIONS
from polysem._census.columns import KINDS
from polysem._census.occupants import POLYSEMANTIC
from polysem._census.rules import Relative, Rule
from polysem._census.seed import SeedCensus, census_of_seed
from polysem._census.shapes import checked_labels, checked_scale, checked_start, checked_weights
from polysem._census.tables import Table
from polysem._census.winners import FEATURES


def take_census(
    end: Any,
    start: Any = None,
    *,
    l1: float | None = None,
    rule: Rule = Relative(),  # noqa: B008 (frozen, so sharing one is safe)
    scale: float | None = None,
    seeds: Sequence[int] | None = None,
    outcomes: Sequence[str] | None = None,
) -> Census:
    """Count which neuron represents which feature, and what became of collisions at the start.

    `end` — weights (seeds, n_features, n_neurons) or (n_features, n_neurons).
    `start` — starting weights of the same shape; without them collisions, initial argmax and
    start–end correlations are unknown.
    `l1` — λ of the run, if known; kept with the result, and 0 earns a warning.
    `rule` — `Relative()` (default: |w| > half the feature's norm) or `Authors()`; polysemantic
    neurons by each of the two are in the table in any case.
    `scale` — length of a full encoding, against which features and neurons are judged dead: 1 for
    networks trained by Polysem; by default the largest row norm of each seed.
    `seeds` — labels, 0, 1, … by default. `outcomes` — how each run ended, kept in the table.

    A seed whose weights are not finite gets a row without counts and a warning. Raises `BadInput`
    for arrays that are no batch of matrices, unequal shapes and wrong numbers of labels.
    """
    ends = checked_weights(end, "end")
    starts = checked_start(start, ends)
    scale = checked_scale(scale)
    labels = checked_labels(seeds, len(ends), "seeds") or list(range(len(ends)))
    notes = checked_labels(outcomes, len(ends), "outcomes") or [None] * len(ends)
    parts = [
        census_of_seed(label, e, None if starts is None else starts[i], rule, scale)
        for i, (label, e) in enumerate(zip(labels, ends, strict=True))
    ]
    table = _table(parts, notes)
    return Census(
        n_features=ends.shape[1],
        n_neurons=ends.shape[2],
        rule=rule,
        scale=scale,
        l1=l1,
        table=table,
        features=Table.joined(FEATURES, [p.features for p in parts]),
        polysemantic_neurons=Table.joined(POLYSEMANTIC, [p.polysemantic_neurons for p in parts]),
        collisions=None
        if starts is None
        else Table.joined(COLLISIONS, [p.collisions for p in parts]),
        occupancy=_occupancy(parts),
        warnings=cautions(table, start is not None, l1),
    )


def _table(parts: list[SeedCensus], outcomes: list[Any]) -> Table:
    """One row per seed; what a seed does not know is masked."""
    rows = [
        part.row | {"outcome": None if outcome is None else str(outcome)}
        for part, outcome in zip(parts, outcomes, strict=True)
    ]
    return Table.of(KINDS, {name: [row.get(name) for row in rows] for name in KINDS})


def _occupancy(parts: list[SeedCensus]) -> np.ndarray:
    """(seeds, k+1) masked integers, the histograms padded to the same length with zeros."""
    width = max(1, *(len(part.occupancy) for part in parts)) if parts else 1
    counts = np.ma.zeros((len(parts), width), dtype=np.int64)
    for line, part in enumerate(parts):
        counts[line, : len(part.occupancy)] = part.occupancy
        if not part.row["countable"]:
            counts[line] = np.ma.masked
    return counts
