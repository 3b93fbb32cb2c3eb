"""The census of one seed: measure once, then let each small part say its piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._census.collisions import COLLISIONS, FATES, SIGNS, collision_table
from polysem._census.convergence import convergence
from polysem._census.correlation import start_end
from polysem._census.life import DEAD_BELOW, alive_features, scale_of
from polysem._census.occupants import POLYSEMANTIC, Occupants, dead_neurons
from polysem._census.rows import measure_rows, usable
from polysem._census.rules import Authors, Relative, Rule
from polysem._census.sparsity import sparsity
from polysem._census.tables import Table
from polysem._census.winners import FEATURES, Winners, find_winners
from polysem._types import Weights


@dataclass(frozen=True)
class SeedCensus:
    """One seed's row of the census (missing columns are unknown) and its detailed tables."""

    row: dict[str, Any]
    features: Table
    polysemantic_neurons: Table
    collisions: Table
    occupancy: np.ndarray


def census_of_seed(
    seed: int, end: Weights, start: Weights | None, rule: Rule, scale: float | None
) -> SeedCensus:
    """Count one seed: `end` (n_features, n_neurons), `start` the same shape or None."""
    if not usable(end):
        return uncountable(seed)
    start = start if start is not None and usable(start) else None
    rows = measure_rows(end)
    unit = float(scale_of(rows.norm, scale))
    alive = alive_features(rows.norm, scale)
    occupants = Occupants.of(end, rule, alive)
    winners = find_winners(rows, alive, occupants, start)
    state = convergence(end, rows, alive, unit)
    row = {
        "converged": state.converged,
        **_counts(occupants),
        "dead_features": int((~alive).sum()),
        "dead_neurons": dead_neurons(end, occupants.per_neuron, DEAD_BELOW * unit),
        "polysemantic_relative_rule": _polysemantic_by(Relative(), rule, end, alive, occupants),
        "polysemantic_authors_rule": _polysemantic_by(Authors(), rule, end, alive, occupants),
        **sparsity(rows, alive, end.shape[-1]),
        "max_overlap": state.max_overlap,
        "unsettled_features": state.unsettled_features,
        "countable": True,
    }
    collisions = Table.of(COLLISIONS, {name: [] for name in COLLISIONS})
    if start is not None:
        collisions = collision_table(seed, start, winners)
        row |= _story(collisions, winners) | start_end(start, end, alive)
    return SeedCensus(
        {"seed": seed, **row},
        winners.table(seed),
        occupants.polysemantic_table(seed),
        collisions,
        occupants.occupancy,
    )


def uncountable(seed: int) -> SeedCensus:
    """The row of a seed whose end weights are not finite: nothing is known but that."""
    empty = [Table.of(k, {name: [] for name in k}) for k in (FEATURES, POLYSEMANTIC, COLLISIONS)]
    row = {"seed": seed, "converged": False, "countable": False}
    return SeedCensus(row, *empty, occupancy=np.empty(0, dtype=np.int64))


def _counts(occupants: Occupants) -> dict[str, int]:
    return {
        "polysemantic": int(occupants.polysemantic.sum()),
        "opposite_sign": int(occupants.opposite_sign.sum()),
        "same_sign": int(occupants.same_sign.sum()),
        "monosemantic": int((occupants.per_neuron == 1).sum()),
    }


def _polysemantic_by(
    rule: Rule, main: Rule, end: Weights, alive: np.ndarray, occupants: Occupants
) -> int:
    """Polysemantic neurons by another rule than the main one, not counted twice if equal."""
    if rule != main:
        occupants = Occupants.of(end, rule, alive)
    return int(occupants.polysemantic.sum())


def _story(collisions: Table, winners: Winners) -> dict[str, Any]:
    """The columns that compare the end with the start's first choices."""
    assert winners.won is not None  # a start was given
    return {
        "initial_argmax_won": float(winners.won.mean()),
        "collisions_start": len(collisions),
        **{f"collisions_{sign}": int((collisions["sign"] == sign).sum()) for sign in SIGNS},
        **{fate: int((collisions["fate"] == fate).sum()) for fate in FATES},
    }
