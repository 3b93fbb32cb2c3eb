"""What every neuron responds to: its strongest features, whether or not it represents them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from polysem._census.tables import Table
from polysem._diagnose.selectivity.relatedness import Relatedness

KEPT = 12  # features of a neuron
BLOCK = 4096  # neurons at a time


@dataclass(frozen=True)
class Sweep:
    """Neurons of the layer at other thresholds than the default: all arrays (thresholds,).

    `default` — the threshold in force; `words` — of what it is a threshold.
    """

    thresholds: np.ndarray
    polysemantic: np.ndarray
    monosemantic: np.ndarray
    silent: np.ndarray
    default: float
    words: str


@dataclass(frozen=True)
class Profile:
    """The strongest features of every neuron; all arrays (neurons, kept).

    `feature` — numbers of the features, represented ones first, then by `share`; −1 past the last.
    `strength` — signed, as in the result table. `share` — what is compared with the threshold, 0
    to 1. `group` — of related features that the neuron represents, 1 for the strongest one's; 0 for
    features that it does not represent. `measures` — every measure of selectivity by name, NaN
    where unknown. `names` — of all features of the layer. `words` — what `share` is. `sweep` — the
    layer at other thresholds.
    """

    feature: np.ndarray
    strength: np.ndarray
    share: np.ndarray
    group: np.ndarray
    names: tuple[str, ...]
    words: str
    sweep: Sweep
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def table(self) -> Table:
        """One row per neuron and kept feature: the long form of the result table."""
        neuron, place = np.nonzero(self.feature >= 0)
        feature = self.feature[neuron, place]
        values = {
            "neuron": neuron,
            "rank": place + 1,
            "feature": feature,
            "name": [self.names[f] for f in feature],
            "strength": self.strength[neuron, place].astype(np.float64),
            "share": self.share[neuron, place].astype(np.float64),
            "group": self.group[neuron, place],
            "represented": self.group[neuron, place] > 0,
        }
        kinds = dict.fromkeys(("neuron", "rank", "feature", "group"), "int")
        kinds |= {"name": "text", "strength": "float", "share": "float", "represented": "bool"}
        for name, measured in self.measures.items():
            values[name] = measured[neuron, place].astype(np.float64)
        ordered = {name: kinds.get(name, "float") for name in values}
        return Table.of(ordered, values)

    def of(self, neuron: int) -> list[dict[str, Any]]:
        """The rows of one neuron."""
        return [
            {
                "name": self.names[self.feature[neuron, j]],
                "strength": float(self.strength[neuron, j]),
                "share": float(self.share[neuron, j]),
                "group": int(self.group[neuron, j]),
            }
            | {name: float(values[neuron, j]) for name, values in self.measures.items()}
            for j in np.flatnonzero(self.feature[neuron] >= 0)
        ]


def profile_of(
    strength: np.ndarray,
    share: np.ndarray,
    held: np.ndarray,
    related: Relatedness,
    names: tuple[str, ...],
    words: str,
    sweep: Sweep,
    measures: Mapping[str, np.ndarray] | None = None,
) -> Profile:
    """Keep the strongest features: `strength`, `share`, `held` and measures (neurons, features)."""
    neurons, features = strength.shape
    kept = min(KEPT, features)
    shape = (neurons, kept)
    feature = np.full(shape, -1, dtype=np.int32)
    kept_strength, kept_share = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    group = np.zeros(shape, dtype=np.int32)
    for left in range(0, neurons, BLOCK):
        part = slice(left, left + BLOCK)
        size = np.nan_to_num(share[part], nan=0.0)
        key = size + 10.0 * held[part]
        order = np.argpartition(-key, kept - 1, axis=1)[:, :kept]
        order = np.take_along_axis(
            order, np.argsort(-np.take_along_axis(key, order, 1), axis=1, kind="stable"), 1
        )
        chosen = np.take_along_axis(size, order, 1)
        feature[part] = np.where(chosen > 0, order, -1)
        kept_strength[part] = np.nan_to_num(np.take_along_axis(strength[part], order, 1))
        kept_share[part] = np.maximum(chosen, 0)
        group[part] = _groups(order, np.take_along_axis(held[part], order, 1), related)
    taken = np.maximum(feature, 0)
    chosen_measures = {
        name: np.take_along_axis(values, taken, 1).astype(np.float32)
        for name, values in (measures or {}).items()
    }
    return Profile(feature, kept_strength, kept_share, group, names, words, sweep, chosen_measures)


def _groups(order: np.ndarray, held: np.ndarray, related: Relatedness) -> np.ndarray:
    """Group numbers of the kept features, by strength of their first member; 0 if not held."""
    numbers = np.where(held, np.cumsum(held, axis=1), 0)
    if not related.related.any():
        return numbers
    for k in np.flatnonzero(held.sum(1) >= 2):
        features = order[k, held[k]]
        links = csr_array(related.related[np.ix_(features, features)])
        labels = connected_components(links, directed=False)[1]
        seen = dict(zip(*np.unique(labels, return_index=True), strict=True))
        rank = {label: i + 1 for i, label in enumerate(sorted(seen, key=lambda a: seen[a]))}
        numbers[k, held[k]] = [rank[label] for label in labels]
    return numbers


def sweep_of(
    share: np.ndarray,
    possible: np.ndarray | None,
    related: Relatedness,
    thresholds: np.ndarray,
    bars: np.ndarray,
    default: float,
    words: str,
) -> Sweep:
    """Count neurons by groups of features with `share` ≥ bar, at every threshold.

    `share` (neurons, features); `possible` — pairs that may count at all (significant ones), None
    for all; `bars` (thresholds, features) — what `thresholds` mean for each feature.
    """
    counts = np.zeros((3, len(thresholds)), dtype=np.int64)
    for left in range(0, len(share), BLOCK):
        size = np.ascontiguousarray(np.nan_to_num(share[left : left + BLOCK], nan=-1.0))
        if possible is not None:
            size = np.where(possible[left : left + BLOCK], size, -1.0)
        for t, bar in enumerate(bars):
            groups = related.groups(size >= bar - 1e-12)
            counts[:, t] += [(groups >= 2).sum(), (groups == 1).sum(), (groups == 0).sum()]
    many, one, none = counts
    return Sweep(np.asarray(thresholds, dtype=np.float64), many, one, none, default, words)
