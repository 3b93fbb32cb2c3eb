"""The slope that makes the mean of the final-state score's trees a probability.

A mean of trees draws towards ½: hardly a neuron is told alike by all of them. How far, is told by
the full truth of networks that no tree has seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from polysem._diagnose.final_state.score import FinalStateScore, mean_of_trees, sharpened
from polysem._diagnose.origin.shams import EPSILON

SLOPES = (0.1, 4.0)
Table = dict[str, np.ndarray]


def fit_slope(p: np.ndarray, label: np.ndarray) -> float:
    """The slope from 0.1 to 4 under which `sharpened(p, slope)` makes the labels most likely.

    1 with one label only, which tells of no slope.
    """
    if label.all() or not label.any():
        return 1.0

    def loss(slope: float) -> float:
        q = sharpened(p, slope)
        return -float(np.log(np.where(label, q, 1 - q)).mean())

    found: Any = minimize_scalar(loss, bounds=SLOPES, method="bounded")
    return round(float(found.x), 4)


def told_by_others(p: np.ndarray, label: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """p sharpened, each group's by the slope of the rows of other groups: (rows,)."""
    found = p.copy()
    for group in np.unique(groups):
        here = groups == group
        found[here] = sharpened(p[here], fit_slope(p[~here], label[~here]))
    return found


def with_fitted_slope(
    score: FinalStateScore, table: Table, values: np.ndarray, networks_per_cell: int
) -> FinalStateScore:
    """The same trees with the slope of these rows; both thresholds move with it."""
    p, label = mean_of_trees(score.trees, values), table["truth"] <= EPSILON
    slope = fit_slope(p, label)
    changed = {
        "slope": slope,
        "low": _moved(score.low, slope / score.slope),
        "high": _moved(score.high, slope / score.slope),
        "slope_neurons": len(label),
        "slope_first_seed": int(table["seed"].min()),
        "slope_networks_per_cell": networks_per_cell,
    }
    return FinalStateScore.build(**score.model_dump() | changed)


def _moved(threshold: float, ratio: float) -> float:
    """0 and 1 stay: they say that nothing is decided."""
    if threshold in (0, 1):
        return threshold
    return round(float(sharpened(np.array(threshold), ratio)), 4)
