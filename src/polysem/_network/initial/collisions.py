"""Normal starts whose first-choice collisions are chosen: how many there are, and of which sign.

The first choice of a feature is its largest |weight|. Two features with the same first choice
collide: benignly if these two weights differ in sign (ReLU hides their overlap), else malignly.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.initial.law import Scale, Start, standard_normal
from polysem._types import Weights

Count = Annotated[int, Field(ge=0)]


class Planted(Start):
    """A normal start with exactly so many first-choice collisions, each of two features.

    `benign`, `malign` — how many of each sign. Every other feature has a neuron of its own.
    Weights move only within their row, and only planted pairs have a sign chosen for them, so a
    row is as likely as in a normal start with these first choices.
    """

    kind: Literal["planted"] = "planted"
    benign: Count = 0
    malign: Count = 0
    scale: Scale = 1.0

    def must_fit(self, n: int, m: int) -> None:
        """Two features for each collision, one neuron for each collision and each other feature."""
        pairs = self.benign + self.malign
        if 2 * pairs > n:
            raise ValueError(
                f"initial: {pairs} planted collisions need {2 * pairs} features, there are n = {n}"
            )
        if n - pairs > m:
            raise ValueError(
                f"initial: with {pairs} planted collisions and no other, n = {n} features need "
                f"{n - pairs} neurons, there are m = {m}"
            )

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        W, generator = standard_normal(n, m, seed, self.scale)
        features, neurons = generator.permutation(n), generator.permutation(m)
        pairs = self.benign + self.malign
        first, second = features[:pairs], features[pairs : 2 * pairs]
        chosen = np.empty(n, np.intp)
        chosen[first] = chosen[second] = neurons[:pairs]
        chosen[features[2 * pairs :]] = neurons[pairs : n - pairs]
        rows, largest = np.arange(n), np.abs(W).argmax(1)
        W[rows, chosen], W[rows, largest] = W[rows, largest], W[rows, chosen]
        sign = np.where(np.arange(pairs) < self.benign, -1, 1) * np.sign(W[first, chosen[first]])
        W[second, chosen[second]] = sign * np.abs(W[second, chosen[second]])
        return W


class Flipped(Start):
    """A normal start in which the signs of colliding first choices are changed, nothing else.

    `to` — "malign": all of a neuron get the sign of the largest. "benign": signs alternate from
    the largest down, so that two always differ; of three or more on one neuron some pairs cannot.
    "random": each gets a fair coin's sign, the control for the other two.
    """

    kind: Literal["flipped"] = "flipped"
    to: Literal["benign", "malign", "random"]
    scale: Scale = 1.0

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        W, generator = standard_normal(n, m, seed, self.scale)
        coins = np.where(generator.random(n) < 0.5, -1, 1).astype(W.dtype)
        choice = np.abs(W).argmax(1)
        for neuron in np.flatnonzero(np.bincount(choice, minlength=m) > 1):
            features = np.flatnonzero(choice == neuron)
            features = features[np.abs(W[features, neuron]).argsort()[::-1]]
            sign = np.full(len(features), np.sign(W[features[0], neuron]))
            if self.to == "benign":
                sign[1::2] *= -1
            elif self.to == "random":
                sign = coins[features]
            W[features, neuron] = sign * np.abs(W[features, neuron])
        return W
