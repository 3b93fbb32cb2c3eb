"""The final-state score: its forest, its thresholds, and its figures under splits."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._diagnose.benchmark.figures import ambiguous, auc, calibration_error
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.score import LEAF, FinalStateScore, Tree, mean_of_trees
from polysem._diagnose.origin.shams import EPSILON
from polysem._storage.provenance import version

TREES, DEPTH, SMALLEST = 40, 5, 5
RIGHT, FEWEST = 0.95, 20
"""A threshold is where at least this share of the decided is right, among at least so many."""
Table = dict[str, np.ndarray]


def input_values(table: Table, encodings: dict[str, Any]) -> np.ndarray:
    """Inputs of every row of `table` from the networks' encodings: (rows, inputs)."""
    values = np.empty((len(table["neuron"]), len(INPUTS)))
    names = networks(table)
    for name in np.unique(names):
        found = measure_inputs(np.array(encodings[str(name)], dtype=np.float32))
        place = {int(k): j for j, k in enumerate(found.neurons)}
        for row in np.flatnonzero(names == name):
            values[row] = found.values[place[int(table["neuron"][row])]]
    return values


def networks(table: Table) -> np.ndarray:
    """Name of each row's network."""
    return np.array([f"{c} {s}" for c, s in zip(table["cell"], table["seed"], strict=True)])


def fit_trees(values: np.ndarray, label: np.ndarray) -> tuple[Tree, ...]:
    """A random forest by scikit-learn, as trees of our own; one leaf if there is one label only."""
    if label.all() or not label.any():
        value = float(label.all())
        return (Tree(feature=(LEAF,), threshold=(0,), left=(0,), right=(0,), value=(value,)),)
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        TREES, max_depth=DEPTH, min_samples_leaf=SMALLEST, random_state=0
    ).fit(values, label)
    return tuple(_tree(one.tree_) for one in forest.estimators_)


def _tree(grown: Any) -> Tree:
    share = grown.value[:, 0, 1] / grown.value[:, 0].sum(-1)
    leaf = grown.children_left < 0
    return Tree(
        feature=tuple(np.where(leaf, LEAF, grown.feature).tolist()),
        threshold=tuple(grown.threshold.tolist()),
        left=tuple(grown.children_left.tolist()),
        right=tuple(grown.children_right.tolist()),
        value=tuple(np.round(share, 6).tolist()),
    )


def predicted(values: np.ndarray, label: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """P(removable) of every row by a forest that saw no row of its group; NaN without others."""
    p = np.full(len(label), np.nan)
    for group in np.unique(groups):
        here = groups == group
        if not here.all():
            p[here] = mean_of_trees(fit_trees(values[~here], label[~here]), values[here])
    return p


def thresholds(p: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """(low, high): beyond each at least 95 % are right; 0 and 1, never, where none is."""
    known = np.isfinite(p)
    p, label = p[known], label[known]
    high = [t for t in np.linspace(0.5, 1, 101) if _right(label[p > t])]
    low = [t for t in np.linspace(0, 0.5, 101) if _right(~label[p < t])]
    return (float(max(low, default=0.0)), float(min(high, default=1.0)))


def _right(right: np.ndarray) -> bool:
    return len(right) >= FEWEST and bool(right.mean() >= RIGHT)


def make_score(table: Table, values: np.ndarray, first_seed: int) -> FinalStateScore:
    """The score of all rows, with thresholds from families left out."""
    label = table["truth"] <= EPSILON
    low, high = thresholds(predicted(values, label, table["family"]), label)
    return FinalStateScore(
        inputs=INPUTS,
        trees=fit_trees(values, label),
        lowest=tuple(values.min(0).tolist()),
        highest=tuple(values.max(0).tolist()),
        low=low,
        high=high,
        neurons=len(label),
        networks=len(np.unique(networks(table))),
        families=tuple(str(name) for name in np.unique(table["family"])),
        first_seed=first_seed,
        version=version("polysem") or "unknown",
    )


def final_state_figures(
    score: FinalStateScore, table: Table, values: np.ndarray, fresh: tuple[Table, np.ndarray] | None
) -> dict[str, Any]:
    """Figures for new networks, for families left out, and for `fresh` ones, never seen."""
    label = table["truth"] <= EPSILON
    halves = np.unique(networks(table), return_inverse=True)[1] % 2
    new, left = predicted(values, label, halves), predicted(values, label, table["family"])
    found: dict[str, Any] = {
        "low": score.low,
        "high": score.high,
        "neurons": len(label),
        "new_networks": _figures(new, table, score),
        "left_out_family": _figures(left, table, score),
        "families": {
            str(name): _auc(left[table["family"] == name], label[table["family"] == name])
            for name in np.unique(table["family"])
        },
    }
    if fresh is not None:
        found["fresh_families"] = score_figures(score, *fresh)
    return found


def score_figures(score: FinalStateScore, table: Table, values: np.ndarray) -> dict[str, Any]:
    """Figures of a score on rows that it has not seen."""
    seen = _figures(score.probability(values), table, score)
    covered = float(score.covers(values).mean())
    return {"neurons": len(values), "inside_range": covered, **seen}


def _auc(p: np.ndarray, label: np.ndarray) -> float | None:
    """None where nothing was predicted, as with one family only."""
    return auc(-p, label) if np.isfinite(p).all() else None


def _figures(p: np.ndarray, table: Table, score: FinalStateScore) -> dict[str, float | None]:
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
        "auc_ambiguous_cells": auc(-p[unclear], label[unclear]),
        "ece": calibration_error(p, label),
        "decides": float(decided.mean()),
        "right_where_it_decides": float(right.mean()) if len(right) else None,
        "layer_auc": auc(-means, shares >= 0.5),
    }
