"""What is shown of one moment: a small picture of the weights, and the colliding pairs on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from polysem._census.collisions import colliding_pairs
from polysem._census.winners import first_choices
from polysem._network import Problem, tied
from polysem._plots.pooling import pool_max_abs
from polysem._types import Weights

MOST_ROWS, MOST_COLUMNS = 128, 256
MOST_PAIRS = 200
FORCES = ("feature_benefit", "interference", "regularisation")
ZERO = 127  # the level of a weight of zero


class Pairs(NamedTuple):
    """Pairs of features with one first choice at the start; arrays (pairs,).

    `larger`, `smaller` — features, by |start weight| on `neuron`. `benign` — of opposite sign.
    `collided` — False for the one pair that stands in where nothing collided.
    """

    larger: np.ndarray
    smaller: np.ndarray
    neuron: np.ndarray
    benign: np.ndarray
    collided: bool

    def __len__(self) -> int:
        return len(self.neuron)

    def name(self, index: int) -> str:
        """The pair in words."""
        i, j, k = (int(a[index]) for a in (self.larger, self.smaller, self.neuron))
        kind = "benign" if self.benign[index] else "malign"
        return f"features {i} and {j} on neuron {k} ({kind})"


class Opening(NamedTuple):
    """What is known before the first step: order of rows and columns, and the pairs."""

    features: np.ndarray
    neurons: np.ndarray
    pairs: Pairs

    @property
    def pooled(self) -> bool:
        """True if a cell of the picture stands for several weights."""
        return len(self.features) > MOST_ROWS or len(self.neurons) > MOST_COLUMNS

    def firsts(self, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """The first feature of every row, and the first neuron of every column of the picture."""
        feature = self.features[:: -(-len(self.features) // rows)][:rows]
        neuron = self.neurons[:: -(-len(self.neurons) // columns)][:columns]
        return feature.astype(np.int32), neuron.astype(np.int32)


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment.

    `t` — flow time, or steps. `picture` — (rows, columns) the largest weight of each block, to
    three digits. `l1_norm`, `m_prime` — means over features. `weights` —
    (pairs, 2) on the contested neuron; `forces` — name → (pairs, 2). `resolved` — (pairs,) True
    where one of the two now has its largest weight elsewhere, or is dead.
    """

    t: float
    picture: np.ndarray
    l1_norm: float
    m_prime: float
    weights: np.ndarray
    forces: dict[str, np.ndarray]
    resolved: np.ndarray

    @property
    def levels(self) -> np.ndarray:
        """The picture as bytes: 127 ± 127·√|w|, signed."""
        return levels_of(self.picture)


def open_start(W: Weights) -> Opening:
    """Order rows and columns of the start W: (n, m) so that first choices form a staircase."""
    pairs = pairs_of(W)
    first = first_choices(W)
    contested = list(dict.fromkeys(pairs.neuron.tolist())) if pairs.collided else []
    chosen = np.array([*contested, *np.setdiff1d(first, contested)], dtype=np.int64)
    neurons = np.concatenate([chosen, np.setdiff1d(np.arange(W.shape[1]), chosen)])
    place = np.empty(W.shape[1], dtype=np.int64)
    place[neurons] = np.arange(len(neurons))
    return Opening(np.argsort(place[first], kind="stable"), neurons, pairs)


def pairs_of(W: Weights) -> Pairs:
    """The first-choice collisions of the start W: (n, m), the evenest first; else the next best."""
    first = first_choices(W)
    one, other = colliding_pairs(first)
    collided = len(one) > 0
    if collided:
        neuron = first[one]
    else:
        one, other, neuron = (np.array([value]) for value in _closest(W))
    a, b = W[one, neuron], W[other, neuron]
    swap = np.abs(b) > np.abs(a)
    larger, smaller = np.where(swap, other, one), np.where(swap, one, other)
    evenness = np.minimum(np.abs(a), np.abs(b)) / np.maximum(np.abs(a), np.abs(b))
    order = np.lexsort((-evenness, a * b > 0))[:MOST_PAIRS]
    return Pairs(larger[order], smaller[order], neuron[order], (a * b < 0)[order], collided)


def _closest(W: Weights) -> tuple[int, int, int]:
    """(feature, feature, neuron) with the largest second-largest |weight| of any neuron."""
    size = np.abs(W)
    two = np.argpartition(size, -2, axis=0)[-2:]
    neuron = int(np.take_along_axis(size, two, axis=0).min(0).argmax())
    return int(two[0, neuron]), int(two[1, neuron]), neuron


def make_frame(t: float, W: Weights, problem: Problem, opening: Opening) -> Frame:
    """What is shown of the state W: (n, m) at time t."""
    i, j, k = opening.pairs.larger, opening.pairs.smaller, opening.pairs.neuron
    size = np.abs(W)
    best = np.where(size.max(1) > 0, size.argmax(1), -1)
    pooled = pool_max_abs(W[np.ix_(opening.features, opening.neurons)], MOST_ROWS, MOST_COLUMNS)
    return Frame(
        t=float(t),
        picture=pooled.values.astype(np.float16),
        l1_norm=float(size.sum(1).mean()),
        m_prime=float(np.count_nonzero(W, axis=1).mean()),
        weights=np.stack([W[i, k], W[j, k]], axis=1).astype(np.float64),
        forces=pair_forces(W, problem, opening.pairs),
        resolved=(best[i] != k) | (best[j] != k),
    )


def levels_of(values: np.ndarray) -> np.ndarray:
    """Weights as bytes: 127 + 127·sign(w)·√|w|, |w| cut at 1; same shape."""
    root = np.sqrt(np.minimum(np.abs(values.astype(np.float32)), 1))
    return np.rint(ZERO + ZERO * np.sign(values) * root).astype(np.uint8)


def pair_forces(W: Weights, problem: Problem, pairs: Pairs) -> dict[str, np.ndarray]:
    """The three forces on both weights of every pair: name → (pairs, 2).

    The same numbers as `problem.feature_benefit(W)` and so on, from one Gram matrix.
    """
    used, column = np.unique(pairs.neuron, return_inverse=True)
    C = problem.coupling(tied.gram(W))
    own = np.diagonal(C)
    here = W[:, used]
    benefit = 4 * (own + problem.penalty.l2 / 2)[:, None] * here
    interference = 4 * (C @ here - own[:, None] * here)
    regularisation = problem.regularisation(W)[:, used]
    rows = pairs.larger, pairs.smaller
    return {
        name: np.stack([values[row, column] for row in rows], axis=1).astype(np.float64)
        for name, values in zip(FORCES, (benefit, interference, regularisation), strict=True)
    }
