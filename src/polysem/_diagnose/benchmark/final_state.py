"""The final-state score: the networks it is fitted on, its forest and its thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from polysem._diagnose.benchmark.families import cell_called
from polysem._diagnose.benchmark.fitting import FIRST_SEED
from polysem._diagnose.benchmark.truth import Labelled
from polysem._diagnose.final_state.inputs import INPUTS, measure_inputs
from polysem._diagnose.final_state.score import LEAF, FinalStateScore, Tree, mean_of_trees
from polysem._diagnose.final_state.whole import WholeNetwork
from polysem._diagnose.origin.enumerated import EnumeratedNetwork
from polysem._diagnose.origin.shams import EPSILON
from polysem._errors import BadInput
from polysem._storage.provenance import version

TREES, SMALLEST = 100, 5
RIGHT, FEWEST = 0.96, 20
"""A threshold is where at least this share of the decided is right, among at least so many: a
little above the 95 % that new networks should show."""
Table = dict[str, np.ndarray]
Forest = tuple[Tree, ...]


@dataclass(frozen=True)
class Fit:
    """What the score is fitted on: rows, their inputs (rows, inputs), and their labels (rows,).

    A neuron counts as removable if the live test's cost is at most ε. `alone` — the inputs from
    encodings alone, where `values` know the whole network: the trees learn from both, so that they
    can be asked with either.
    """

    table: Table
    values: np.ndarray
    alone: np.ndarray
    label: np.ndarray
    networks_per_cell: int

    @classmethod
    def of(cls, labelled: Labelled, networks_per_cell: int) -> Fit:
        """From the rows of `label_for_fit`; `BadInput` if there are none."""
        if not labelled.rows:
            raise BadInput(
                "No neuron was polysemantic, so no score can be fitted; take more networks."
            )
        table = labelled.columns()
        values = input_values(labelled)
        alone = alone_values(labelled, values)
        return cls(table, values, alone, table["score"] <= EPSILON, networks_per_cell)

    def grow(self, rows: np.ndarray) -> Forest:
        """Trees of these rows: booleans (rows,)."""
        twice = rows & (self.values != self.alone).any(1)
        values = np.concatenate([self.values[rows], self.alone[twice]])
        return fit_trees(values, np.concatenate([self.label[rows], self.label[twice]]))

    def without_each_family(self) -> dict[str, Forest]:
        """For every family a forest that saw none of it; empty if there is one only."""
        family, found = self.table["family"], {}
        for name in np.unique(family):
            others = family != name
            if others.any():
                found[str(name)] = self.grow(others)
        return found


def input_values(labelled: Labelled) -> np.ndarray:
    """Inputs of every row, from its whole network where more is kept than encodings."""
    values = np.empty((len(labelled.rows), len(INPUTS)))
    _fill(values, labelled, labelled.encodings, whole=True)
    return values


def alone_values(labelled: Labelled, values: np.ndarray) -> np.ndarray:
    """Inputs of every row from its encodings alone; `values` — those from whole networks."""
    alone = values.copy()
    _fill(alone, labelled, labelled.weights, whole=False)
    return alone


def _fill(values: np.ndarray, labelled: Labelled, names: Iterable[str], whole: bool) -> None:
    """Measure the inputs of the rows of these networks, in place."""
    if not labelled.rows:
        return
    table = labelled.columns()
    own = networks(table)
    for name in set(names).intersection(own.tolist()):
        W = np.array(labelled.encodings[name], dtype=np.float32)
        weights = labelled.weights.get(name) if whole else None
        found = measure_inputs(W, None if weights is None else WholeNetwork(rebuilt(name, weights)))
        place = {int(k): j for j, k in enumerate(found.neurons)}
        for row in np.flatnonzero(own == name):
            values[row] = found.values[place[int(table["neuron"][row])]]


def rebuilt(name: str, weights: Mapping[str, Any]) -> EnumeratedNetwork:
    """A kept network, from its cell and seed and its weights as lists."""
    family, cell = cell_called(name.rsplit(" ", 1)[0])
    tensors = {n: torch.tensor(values) for n, values in weights.items()}
    return cast(EnumeratedNetwork, family.build(cell, tensors))


def networks(table: Table) -> np.ndarray:
    """Name of each row's network."""
    return np.array([f"{c} {s}" for c, s in zip(table["cell"], table["seed"], strict=True)])


def fit_trees(values: np.ndarray, label: np.ndarray) -> Forest:
    """A random forest by scikit-learn, as trees of our own; one leaf if there is one label only."""
    if label.all() or not label.any():
        value = float(label.all())
        return (Tree(feature=(LEAF,), threshold=(0,), left=(0,), right=(0,), value=(value,)),)
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, min_samples_leaf=SMALLEST, random_state=0).fit(
        values, label
    )
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


def predicted_by(forests: Mapping[str, Forest], family: np.ndarray, v: np.ndarray) -> np.ndarray:
    """P(removable) of every row of `v` by its family's forest; NaN where there is none."""
    p = np.full(len(v), np.nan)
    for name, forest in forests.items():
        here = family == name
        p[here] = mean_of_trees(forest, v[here])
    return p


def thresholds(p: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """(low, high): beyond each at least `RIGHT` are right; 0 and 1, never, where none is."""
    known = np.isfinite(p)
    p, label = p[known], label[known]
    high = [t for t in np.linspace(0.5, 1, 101) if _right(label[p > t])]
    low = [t for t in np.linspace(0, 0.5, 101) if _right(~label[p < t])]
    return (float(max(low, default=0.0)), float(min(high, default=1.0)))


def _right(right: np.ndarray) -> bool:
    return len(right) >= FEWEST and bool(right.mean() >= RIGHT)


def make_score(fit: Fit, forests: Mapping[str, Forest]) -> FinalStateScore:
    """The score of all rows, with thresholds from `forests`, each of which left a family out."""
    low, high = thresholds(predicted_by(forests, fit.table["family"], fit.values), fit.label)
    return FinalStateScore(
        inputs=INPUTS,
        trees=fit.grow(np.full(len(fit.label), True)),
        lowest=tuple(np.minimum(fit.values, fit.alone).min(0).tolist()),
        highest=tuple(np.maximum(fit.values, fit.alone).max(0).tolist()),
        low=low,
        high=high,
        neurons=len(fit.label),
        networks=len(np.unique(networks(fit.table))),
        families=tuple(str(name) for name in np.unique(fit.table["family"])),
        first_seed=FIRST_SEED,
        networks_per_cell=fit.networks_per_cell,
        version=version("polysem") or "unknown",
    )
