"""Is a state the end of the flow? Checked on the state itself, whatever method made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polysem._network import Problem
from polysem._types import Weights

BLOCK = 2**18  # weights handled at a time, so that no second array of the size of W is made


@dataclass(frozen=True)
class Certificate:
    """What one state W: (n_features, n_neurons) shows about its being an end state.

    `max_nonzeros` — most nonzero weights in one row; an end state has at most 1.
    `max_overlap` — largest W_i·W_j, i ≠ j, that the output does not hide; none may exceed 0. Of
    features that are on together the size counts, |W_i·W_j|, because both signs are seen.
    `max_zero_force` — largest |smooth force| on a zero weight; held while ≤ λ. Where features have
    strengths λ_i of their own it is the largest |smooth force| − λ_i + λ.
    `residual` — largest |dW/dt| over nonzero weights.
    `l1` — the λ against which it was measured.
    """

    max_nonzeros: int
    max_overlap: float
    max_zero_force: float
    residual: float
    l1: float

    @property
    def holds(self) -> bool:
        """True if the state is certified: sparse, free of positive overlap, zeros held."""
        return self.max_nonzeros <= 1 and self.max_overlap <= 0 and self.max_zero_force <= self.l1


def neuron_blocks(W: Weights) -> Iterator[slice]:
    """Slices of neurons that cover W: (n_features, n_neurons), each of at most `BLOCK` weights."""
    n, m = W.shape
    width = max(BLOCK // max(n, 1), 1)
    for start in range(0, m, width):
        yield slice(start, min(start + width, m))


def certify(W: Weights, problem: Problem) -> Certificate:
    """Measure the certificate of one state W: (n_features, n_neurons)."""
    living = W.any(axis=0)  # neurons without weights exert no force and feel none
    if not living.all():
        W = W[:, living]
    n = len(W)
    G = np.zeros((n, n), W.dtype)
    for some in neuron_blocks(W):
        G += W[:, some] @ W[:, some].T
    C = problem.coupling(G)
    strengths = problem.strengths(W)[:, None]
    excess, residual, nonzeros = -problem.l1, 0.0, np.zeros(n, np.intp)
    for some in neuron_blocks(W):
        force, nonzero = problem.force(C, W[:, some]), W[:, some] != 0
        nonzeros += nonzero.sum(axis=-1)
        beyond = (np.abs(force) - strengths)[~nonzero]
        speed = np.abs(force - strengths * np.sign(W[:, some]))[nonzero]
        excess = max(excess, float(beyond.max(initial=-np.inf)))
        residual = max(residual, float(speed.max(initial=0)))
    return Certificate(
        max_nonzeros=int(nonzeros.max(initial=0)),
        max_overlap=_largest_seen_overlap(G, problem),
        max_zero_force=problem.l1 + excess,
        residual=residual,
        l1=problem.l1,
    )


def _largest_seen_overlap(G: np.ndarray, problem: Problem) -> float:
    """Largest overlap of two features that the output does not hide, 0 if there is none."""
    return float(problem.seen_overlaps(G)[~np.eye(len(G), dtype=bool)].max(initial=0))
