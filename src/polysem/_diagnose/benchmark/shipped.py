"""How good the calibrations in the package are, on networks that they were not made from."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._diagnose.benchmark.calibrate import probability_figures, unsettled_rows
from polysem._diagnose.benchmark.figures import figures
from polysem._diagnose.benchmark.final_state_figures import score_figures
from polysem._diagnose.final_state.score import FinalStateScore
from polysem._diagnose.final_state.score import shipped as shipped_score
from polysem._diagnose.origin.verdict import Calibration
from polysem._diagnose.origin.verdict import shipped as shipped_calibration

Table = dict[str, np.ndarray]
Rows = tuple[Table, np.ndarray]
"""Rows of the benchmark, and their inputs to the final-state score."""


def shipped_figures(rows: Rows, unseen: Rows | None) -> dict[str, Any] | None:
    """Figures of both as they ship, on families like theirs and on `unseen` ones.

    None if any of these networks was among those that they were made from, or nothing ships.
    """
    cost, state = shipped_calibration(), shipped_score()
    if cost is None or state is None:
        return None
    theirs = range(cost.first_seed, cost.first_seed + cost.networks_per_cell)
    own = range(state.slope_first_seed, state.slope_first_seed + state.slope_networks_per_cell)
    if saw(state, rows[0]) or _any_of(rows[0], theirs) or _any_of(rows[0], own):
        return None
    found: dict[str, Any] = {"first_seed": cost.first_seed, "neurons": cost.neurons}
    for name, some in (("same_families", rows), ("fresh_families", unseen)):
        if some is not None:
            found[name] = {
                "live": live_figures(cost, some[0]),
                "final_state": score_figures(state, *some),
            }
    return found


def saw(score: FinalStateScore, table: Table) -> bool:
    """True if any network of the rows was among those that the score's trees were grown on."""
    return _any_of(table, range(score.first_seed, score.first_seed + score.networks_per_cell))


def _any_of(table: Table, seeds: range) -> bool:
    return any(int(seed) in seeds for seed in np.unique(table["seed"]))


def live_figures(calibration: Calibration, table: Table) -> dict[str, Any]:
    """Figures of the cost and of its probability on rows that the calibration has not seen."""
    pairs = zip(table["score"].tolist(), unsettled_rows(table).tolist(), strict=True)
    p = np.array([calibration.probability(cost, open_) for cost, open_ in pairs])
    return {**figures(table), **probability_figures(p, table)}
