"""When does a neuron represent a feature? One small rule each.

A rule maps weights W: (…, n_features, n_neurons) to booleans of the same shape. A dead feature
(see `life`) is represented by no neuron under any rule.
"""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import numpy as np
from pydantic import Field

from polysem._census.life import alive_features
from polysem._census.rows import row_norms
from polysem._config import Config, unknown_name
from polysem._errors import BadInput
from polysem._types import Weights

AUTHORS_LOW, AUTHORS_HIGH = 0.8, 1.2


class Rule(Protocol):
    """Decides which neuron represents which feature."""

    def represents(self, W: Weights, alive: np.ndarray | None = None) -> np.ndarray:
        """Booleans of the shape of W; `alive`: (…, n_features), found from W if not given."""
        ...

    def words(self) -> str:
        """The rule in a few words, for the heading of a result."""
        ...


class Relative(Config):
    """Neuron k represents feature i if |W_ik| > fraction × ‖W_i‖₂ and i is alive.

    Free of the scale of the matrix, so it travels to networks of any size. `fraction` lies
    between 0 and 1; from √½ ≈ 0.71 on, a feature has at most one neuron.
    """

    kind: Literal["relative"] = "relative"
    fraction: Annotated[float, Field(gt=0, lt=1)] = 0.5

    def represents(self, W: Weights, alive: np.ndarray | None = None) -> np.ndarray:
        """Booleans of the shape of W; `alive`: (…, n_features), found from W if not given."""
        norms = row_norms(W)
        alive = alive_features(norms) if alive is None else alive
        limit = np.where(alive, self.fraction * norms, np.inf)
        return np.abs(W) > limit[..., None]

    def words(self) -> str:
        """The rule in a few words."""
        return f"|w| > {self.fraction:g} of the feature's norm"


class Authors(Config):
    """Neuron k represents feature i if 0.8 ≤ |W_ik| ≤ 1.2, whatever the sign.

    The rule in the code of arXiv 2312.03096. It presumes encodings of unit length.
    """

    kind: Literal["authors"] = "authors"

    def represents(self, W: Weights, alive: np.ndarray | None = None) -> np.ndarray:
        """Booleans of the shape of W; `alive`: (…, n_features), found from W if not given."""
        alive = alive_features(row_norms(W)) if alive is None else alive
        size = np.abs(W)
        return (size >= AUTHORS_LOW) & (size <= AUTHORS_HIGH) & alive[..., None]

    def words(self) -> str:
        """The rule in a few words."""
        return f"{AUTHORS_LOW} ≤ |w| ≤ {AUTHORS_HIGH} (the authors' rule)"


RULES: dict[str, type[Relative] | type[Authors]] = {"relative": Relative, "authors": Authors}


def rule_named(name: str) -> Relative | Authors:
    """The rule called "relative" or "authors" with its defaults; `BadInput` for any other name."""
    if name not in RULES:
        raise BadInput(unknown_name(name, list(RULES), "rule"))
    return RULES[name]()
