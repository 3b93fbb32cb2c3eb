"""How good the final-state score is: on networks, families and kinds of network it did not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from polysem._diagnose.benchmark.figures import ambiguous, auc, calibration_error, error_if_exact
from polysem._diagnose.benchmark.final_state import Forest, Table, networks, predicted_by
from polysem._diagnose.benchmark.slope import told_by_others
from polysem._diagnose.final_state.score import FinalStateScore, mean_of_trees
from polysem._diagnose.origin.shams import EPSILON

DRAWS = 1000
"""Resamplings of networks for the interval of an AUC."""
Rows = tuple[Table, np.ndarray]


def final_state_figures(
    score: FinalStateScore,
    forests: Mapping[str, Forest],
    rows: Rows,
    fresh: Rows | None,
    alone: np.ndarray,
) -> dict[str, Any]:
    """Figures against the full truth: on `rows`, networks of the same families that no tree saw; by
    `forests` that left their family out; and on `fresh` families, as the score is. `alone` — the
    rows' inputs from encodings alone.

    The slope is that of `rows` themselves, so their figures are with the slope of every other
    network, or of other families."""
    table, values = rows
    label = table["truth"] <= EPSILON
    crossed, left = _told(score, forests, table, values)
    found: dict[str, Any] = {
        "low": score.low,
        "high": score.high,
        "slope": score.slope,
        "fitted_on": score.neurons,
        "neurons": len(label),
        "new_networks": _with_range(score, values, _figures(crossed, table, score)),
        "left_out_family": _figures(left, table, score),
        "families": {
            str(name): _auc(left[table["family"] == name], label[table["family"] == name])
            for name in np.unique(table["family"])
        },
    }
    by_encodings = (_figures(p, table, score) for p in _told(score, forests, table, alone))
    names = ("new_networks", "left_out_family")
    found["encodings_alone"] = dict(zip(names, by_encodings, strict=True))
    if fresh is not None:
        found["fresh_families"] = score_figures(score, *fresh)
    return found


def _told(
    score: FinalStateScore, forests: Mapping[str, Forest], table: Table, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(removable) of every row by the score's trees, and by those that left its family out."""
    label, left = table["truth"] <= EPSILON, predicted_by(forests, table["family"], values)
    if np.isfinite(left).all():
        left = told_by_others(left, label, table["family"])
    half = np.unique(networks(table), return_inverse=True)[1] % 2
    return told_by_others(mean_of_trees(score.trees, values), label, half), left


def score_figures(score: FinalStateScore, table: Table, values: np.ndarray) -> dict[str, Any]:
    """Figures of a score on rows that it has not seen."""
    return _with_range(score, values, _figures(score.probability(values), table, score))


def _with_range(
    score: FinalStateScore, values: np.ndarray, found: dict[str, Any]
) -> dict[str, Any]:
    covered = float(score.covers(values).mean())
    return {"neurons": len(values), "inside_range": covered, **found}


def _auc(p: np.ndarray, label: np.ndarray) -> float | None:
    """None where nothing was predicted, as with one family only."""
    return auc(-p, label) if np.isfinite(p).all() else None


def _figures(p: np.ndarray, table: Table, score: FinalStateScore) -> dict[str, Any]:
    label = table["truth"] <= EPSILON
    if not np.isfinite(p).all():
        return {}
    decided, unclear = (p < score.low) | (p > score.high), ambiguous(table)
    right = ((p > 0.5) == label)[decided]
    names = networks(table)
    layers = [names == name for name in np.unique(names)]
    shares = np.array([label[here].mean() for here in layers])
    means = np.array([p[here].mean() for here in layers])
    return {
        "auc": auc(-p, label),
        "auc_interval": auc_interval(p, label, names),
        "auc_ambiguous_cells": auc(-p[unclear], label[unclear]),
        "ece": calibration_error(p, label),
        "ece_if_exact": error_if_exact(p),
        "brier": float(np.mean((p - label) ** 2)),
        "decides": float(decided.mean()),
        "right_where_it_decides": float(right.mean()) if len(right) else None,
        "layer_auc": auc(-means, shares >= 0.5),
    }


def auc_interval(p: np.ndarray, label: np.ndarray, names: np.ndarray) -> list[float] | None:
    """95 % of the AUC when whole networks are drawn anew (percentile bootstrap, seed 0)."""
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    found = []
    for _ in range(DRAWS):
        rows = np.concatenate([groups[j] for j in rng.integers(len(groups), size=len(groups))])
        found.append(auc(-p[rows], label[rows]))
    areas = [area for area in found if area is not None]
    return [float(q) for q in np.quantile(areas, (0.025, 0.975))] if areas else None
