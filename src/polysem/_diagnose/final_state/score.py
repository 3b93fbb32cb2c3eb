"""From the inputs to P(removable): a forest, its range, and the right to abstain."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from polysem._config import Config
from polysem._diagnose.final_state.inputs import INPUTS

LEANS_REMOVABLE, LEANS_NECESSARY = "leans removable", "leans necessary"
UNDECIDED, OUTSIDE = "undecided", "outside calibration range"
LEAF = -1
NEAREST = 0.001


class Tree(Config):
    """A binary tree as arrays: at node j go left if input `feature`[j] ≤ `threshold`[j].

    `feature` is −1 at a leaf, whose `value` is P(removable). Children come after their parent.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        n = len(self.feature)
        if not n or any(len(a) != n for a in (self.threshold, self.left, self.right, self.value)):
            raise ValueError("a tree needs one entry of each kind per node")
        inner = [j for j, f in enumerate(self.feature) if f != LEAF]
        if any(not j < child < n for j in inner for child in (self.left[j], self.right[j])):
            raise ValueError("children must come after their parent")
        return self

    def values(self, inputs: np.ndarray) -> np.ndarray:
        """Value of the leaf that each row of `inputs` (k, inputs) reaches: (k,)."""
        feature, threshold = np.array(self.feature), np.array(self.threshold)
        left, right = np.array(self.left), np.array(self.right)
        at, rows = np.zeros(len(inputs), dtype=int), np.arange(len(inputs))
        while len(rows):
            rows = rows[feature[at[rows]] != LEAF]
            here = at[rows]
            goes_left = inputs[rows, feature[here]] <= threshold[here]
            at[rows] = np.where(goes_left, left[here], right[here])
        return np.array(self.value)[at]


def mean_of_trees(trees: tuple[Tree, ...], values: np.ndarray) -> np.ndarray:
    """Mean value of the trees for each row: (k, inputs) → (k,)."""
    values = values.astype(np.float32)  # as the trees were grown
    return np.mean([tree.values(values) for tree in trees], axis=0)


def sharpened(p: np.ndarray, slope: float) -> np.ndarray:
    """σ(slope · logit p), with p kept within 0.001 of 0 and 1: a forest is never certain."""
    p = np.clip(p, NEAREST, 1 - NEAREST)
    return 1 / (1 + ((1 - p) / p) ** slope)


class FinalStateScore(Config):
    """P(removable) from the inputs of `inputs.INPUTS`: the mean of trees, `sharpened` by `slope`.

    Below `low` it leans to necessary, above `high` to removable, between them it abstains; both
    were chosen on families left out of the fit, among the calibration's own. `lowest`, `highest` —
    ranges of the inputs among the networks that it was made from. The trees are of networks from
    `first_seed` on, the slope of others, from `slope_first_seed` on (of none: 1).
    """

    inputs: tuple[str, ...]
    trees: Annotated[tuple[Tree, ...], Field(min_length=1)]
    slope: Annotated[float, Field(gt=0)] = 1.0
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    low: Annotated[float, Field(ge=0, le=1)]
    high: Annotated[float, Field(ge=0, le=1)]
    neurons: Annotated[int, Field(ge=1)]
    networks: Annotated[int, Field(ge=1)]
    families: tuple[str, ...]
    first_seed: int
    networks_per_cell: Annotated[int, Field(ge=1)]
    slope_neurons: Annotated[int, Field(ge=0)] = 0
    slope_first_seed: int = 0
    slope_networks_per_cell: Annotated[int, Field(ge=0)] = 0
    version: str

    @model_validator(mode="after")
    def _matching(self) -> Self:
        if self.inputs != INPUTS:
            raise ValueError(f"inputs must be {', '.join(INPUTS)}")
        if not len(self.lowest) == len(self.highest) == len(INPUTS):
            raise ValueError("every input needs a range")
        if any(not LEAF <= f < len(INPUTS) for tree in self.trees for f in tree.feature):
            raise ValueError("a tree asks for an input that there is not")
        return self

    def probability(self, values: np.ndarray) -> np.ndarray:
        """P(removable) of each row: (k, inputs) → (k,)."""
        return sharpened(mean_of_trees(self.trees, values), self.slope)

    def covers(self, values: np.ndarray) -> np.ndarray:
        """True for rows with every input in the range seen: (k, inputs) → (k,)."""
        wide = 1e-6 * np.maximum(np.abs(self.lowest), np.abs(self.highest))
        above = values >= np.array(self.lowest) - wide
        return np.all(above & (values <= np.array(self.highest) + wide), axis=1)

    def opinions(self, values: np.ndarray) -> list[str]:
        """What the score says of each row, in two or three words."""
        p, covered = self.probability(values), self.covers(values)
        said = np.where(p > self.high, LEANS_REMOVABLE, UNDECIDED)
        said = np.where(p < self.low, LEANS_NECESSARY, said)
        return [str(word) for word in np.where(covered, said, OUTSIDE)]


@cache
def shipped() -> FinalStateScore | None:
    """The score in this package (made by `polysem benchmark-origin`), or None."""
    file = resources.files("polysem._diagnose.final_state").joinpath("score.json")
    if not file.is_file():
        return None
    return FinalStateScore.build(**json.loads(file.read_text(encoding="utf-8")))
