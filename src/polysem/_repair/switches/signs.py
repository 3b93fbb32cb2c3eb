"""Signs of the features that share a neuron: benign to malign and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.rows import first_choices, row
from polysem._types import Weights

STREAM = 0x7369676E


class Signs(StartMethod):
    """Signs of the weights that meet on a neuron: those of features with their largest there.

    `to` — "malign": all get the sign of the largest. "benign": signs alternate from the largest
    down, so that two always differ. "other": the second largest, fourth, … change sign, which makes
    a benign pair malign and a malign pair benign; applied twice it changes nothing. "random": fair
    coins of the seed, the control for the others.
    """

    kind: Literal["signs"] = "signs"
    to: Literal["other", "benign", "malign", "random"] = "other"

    @property
    def does(self) -> str:
        """In a few words."""
        return f"signs of colliding first choices made {self.to}"

    @property
    def sham(self) -> Signs | None:
        """Random signs."""
        return None if self.to == "random" else Signs(to="random")

    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Change signs in place."""
        choice, moved = first_choices(W), []
        coins = np.where(np.random.default_rng((seed, STREAM)).random(len(W)) < 0.5, -1, 1)
        for neuron in np.flatnonzero(np.bincount(choice, minlength=W.shape[1]) > 1):
            features = np.flatnonzero(choice == neuron)
            features = features[np.argsort(-np.abs(W[features, neuron]), kind="stable")]
            wanted = self._wanted(np.sign(W[features, neuron]), coins[features])
            for feature in features[wanted != np.sign(W[features, neuron])]:
                W[feature, neuron] *= -1
                moved.append(row(seed, neuron, feature, neuron, self.to))
        return moved

    def _wanted(self, now: np.ndarray, coins: np.ndarray) -> np.ndarray:
        """Signs from the largest feature down: (features,)."""
        alternating = np.where(np.arange(len(now)) % 2, -1, 1)
        if self.to == "random":
            return coins * np.abs(now)
        if self.to == "other":
            return now * alternating
        return np.abs(now) * now[0] * (alternating if self.to == "benign" else 1)
