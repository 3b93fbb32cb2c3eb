"""Which features sit on which neuron, and with what signs: the counts of one state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polysem._census.rows import row_blocks
from polysem._census.rules import Rule
from polysem._census.tables import Table
from polysem._types import Weights

POLYSEMANTIC = {"seed": "int", "neuron": "int", "features": "ints", "weights": "floats"}
POLYSEMANTIC |= {"sign": "text"}


@dataclass(frozen=True)
class Occupants:
    """The represented (feature, neuron) pairs of one state, ordered by neuron.

    `feature`, `neuron`, `weight` have one entry per pair; `n_neurons` is m.

    A neuron is polysemantic with two or more features. Polysemantic neurons are of `opposite`
    sign (exactly two features, one positive and one negative) or of the `same` sign (at least two
    of the features share a sign, so every triple is here): one or the other, never both.
    """

    feature: np.ndarray
    neuron: np.ndarray
    weight: np.ndarray
    n_neurons: int

    @classmethod
    def of(cls, W: Weights, rule: Rule, alive: np.ndarray) -> Occupants:
        """Of one state W: (n_features, n_neurons) by a rule; `alive`: (n_features,)."""
        places = [
            np.flatnonzero(rule.represents(W[rows], alive[rows])) + rows.start * W.shape[-1]
            for rows in row_blocks(W)
        ]
        feature, neuron = np.divmod(np.concatenate(places), W.shape[-1])
        order = np.argsort(neuron, kind="stable")
        feature, neuron = feature[order], neuron[order]
        return cls(feature, neuron, W[feature, neuron].astype(np.float64), W.shape[-1])

    def represents(self, neurons: np.ndarray) -> np.ndarray:
        """True for feature i if neuron `neurons[i]` represents it (never for −1)."""
        pairs = self.feature * self.n_neurons + self.neuron
        asked = np.arange(len(neurons)) * self.n_neurons + neurons
        return np.isin(asked, pairs) & (neurons >= 0)

    @cached_property
    def per_neuron(self) -> np.ndarray:
        """Number of features on each neuron: (n_neurons,)."""
        return np.bincount(self.neuron, minlength=self.n_neurons)

    @cached_property
    def polysemantic(self) -> np.ndarray:
        """True for neurons with two or more features: (n_neurons,)."""
        return self.per_neuron >= 2

    @cached_property
    def opposite_sign(self) -> np.ndarray:
        """True for neurons with exactly one positive and one negative feature: (n_neurons,)."""
        positive = np.bincount(self.neuron[self.weight > 0], minlength=self.n_neurons)
        return (self.per_neuron == 2) & (positive == 1)

    @cached_property
    def same_sign(self) -> np.ndarray:
        """True for neurons on which at least two features share a sign: (n_neurons,)."""
        return self.polysemantic & ~self.opposite_sign

    @property
    def occupancy(self) -> np.ndarray:
        """Number of neurons with 0, 1, 2, … features; sums to n_neurons."""
        return np.bincount(self.per_neuron)

    def polysemantic_table(self, seed: int) -> Table:
        """One row per polysemantic neuron: its features, their weights, opposite or same sign."""
        neurons = np.flatnonzero(self.polysemantic)
        first = np.searchsorted(self.neuron, neurons)
        spans = [slice(a, a + c) for a, c in zip(first, self.per_neuron[neurons], strict=True)]
        signs = np.where(self.opposite_sign[neurons], "opposite", "same")
        values = {
            "seed": np.full(len(neurons), seed),
            "neuron": neurons,
            "features": [self.feature[span].tolist() for span in spans],
            "weights": [self.weight[span].tolist() for span in spans],
            "sign": signs,
        }
        return Table.of(POLYSEMANTIC, values)


def dead_neurons(W: Weights, per_neuron: np.ndarray, below: float) -> int:
    """Number of neurons that represent nothing and whose column norm is under `below`."""
    columns = np.sqrt(np.einsum("ik,ik->k", W, W, dtype=np.float64))
    return int(((per_neuron == 0) & ((columns < below) | (columns == 0))).sum())
