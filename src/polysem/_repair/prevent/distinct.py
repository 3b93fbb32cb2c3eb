"""Every feature gets a first choice of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import put_largest_on
from polysem._repair.prevent.shuffled import Shuffled
from polysem._theory.counts import polysemantic_floor
from polysem._theory.prediction import Prediction
from polysem._types import Weights

SHARED = 1e3
"""What a second feature on a neuron costs, in units of the largest weight: only if it must be."""


class Distinct(StartMethod):
    """First choices assigned to distinct neurons, jointly, so that the least weight changes place.

    The assignment maximises Σ_i |W_i,k(i)|; a row whose largest weight is elsewhere swaps the two.
    With m < n the n − m features that must share do so as opposite-sign pairs; with n > 2m there
    is no such start.
    """

    kind: Literal["distinct"] = "distinct"

    @property
    def does(self) -> str:
        """In a few words."""
        return "first choices assigned to distinct neurons"

    @property
    def sham(self) -> Shuffled:
        """Largest weights moved to random neurons."""
        return Shuffled()

    def fits(self, n: int, m: int) -> str | None:
        """Two features on a neuron at most."""
        if n <= 2 * m:
            return None
        return f"n = {n} features do not fit on m = {m} neurons, not even two on each"

    def expected(self, n: int, m: int) -> Prediction:
        """What must be, if every first choice wins."""
        return Prediction(
            name="distinct_left",
            label="polysemantic neurons left if every first choice wins",
            value=polysemantic_floor(n, m),
            equation="max(0, n − m)",
            source="pigeonhole; docs/repair.md#prevent",
            domain="first choices win, which they do the oftener the larger m/n²; m ≥ n²",
            in_domain=m >= n**2,
            note="A feature that leaves its first choice can still collide.",
        )

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Assign, swap, and give pairs that must share opposite signs."""
        neurons = assigned(W)
        moves = list(put_largest_on(W, neurons, seed, "assigned"))
        for neuron in np.flatnonzero(np.bincount(neurons, minlength=W.shape[1]) == 2):
            one, other = np.flatnonzero(neurons == neuron)
            W[other, neuron] = -np.sign(W[one, neuron]) * abs(W[other, neuron])
        return moves


def assigned(W: Weights) -> np.ndarray:
    """A neuron for every feature of W: (n_features, n_neurons), shared only where it must be.

    Maximises the sum of |W_i,k(i)|; (n_features,).
    """
    from scipy.optimize import linear_sum_assignment

    n, m = W.shape
    gain = np.abs(W).astype(np.float64)
    if m < n:
        gain = np.hstack([gain, gain - SHARED * gain.max(initial=1.0)])
    features, slots = linear_sum_assignment(gain, maximize=True)
    neurons = np.empty(n, np.intp)
    neurons[features] = slots % m
    return neurons
