"""What a loss is made of: its laws, and the constant arrays they make for n features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from polysem._network.activation import Activation, Relu
from polysem._network.architecture import Architecture, Tied
from polysem._network.backend import namespace
from polysem._network.data import Data, OneHot
from polysem._network.hidden import Hidden, HiddenIdentity
from polysem._network.negative_overlap import NegativeOverlap
from polysem._network.penalty import Penalty
from polysem._network.per_feature import PerFeature
from polysem._types import Array, Encodings, Overlaps


@dataclass(frozen=True)
class Terms:
    """What a loss is made of, and the arrays that follow for n features.

    `l1` — λ ≥ 0. The rest as in `NetworkSpec`; the defaults are the base model.
    """

    l1: float
    penalty: Penalty = field(default_factory=Penalty)
    activation: Activation = field(default_factory=Relu)
    importance: PerFeature | None = None
    negative_overlap: NegativeOverlap | None = None
    data: Data = field(default_factory=OneHot)
    hidden: Hidden = field(default_factory=HiddenIdentity)
    architecture: Architecture = field(default_factory=Tied)
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def importances(self, n: int) -> np.ndarray:
        """I: (n,)."""
        return np.ones(n) if self.importance is None else self.importance.values(n)

    def inputs(self, n: int) -> np.ndarray:
        """Every input of the data, X: (S, n); fixed draws where there are too many to list."""
        return self._sampled(n)[0]

    def input_weights(self, n: int) -> np.ndarray:
        """What each input counts in the loss, ω: (S,). One-hot inputs count 1 each."""
        if isinstance(self.data, OneHot):
            return np.ones(n)
        return self._sampled(n)[1] * self.data.scale(n)

    def _sampled(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        exact = self.data.too_many(n) is None
        return self.data.samples(n) if exact else self.data.fixed_draws(n)

    def samples(self, like: Encodings) -> tuple[Any, Any]:
        """X and ω for n features, with the kind and type of W."""
        return self.constant("inputs", like), self.constant("input_weights", like)

    def gain(self, n: int) -> np.ndarray:
        """B: (n, n), how strongly an overlap is answered above the kink of σ."""
        if self.importance is None:
            return np.ones((n, n))
        importance = self.importance.values(n)
        return (importance[:, None] + importance) / 2

    def slowest(self, n: int) -> float:
        """The smallest positive λ w_i, the rate at which the last near-ties resolve; or 0."""
        if self.penalty.weights is None:
            return self.l1
        strengths = self.base_strengths(n)
        return float(strengths[strengths > 0].min(initial=np.inf)) if strengths.any() else 0.0

    def cost_below(self, n: int) -> np.ndarray:
        """κ: (n, n), cost of negative overlaps, diagonal zero."""
        return (
            np.zeros((n, n)) if self.negative_overlap is None else self.negative_overlap.matrix(n)
        )

    def base_strengths(self, n: int) -> np.ndarray:
        """λ w_i: (n,)."""
        weights = self.penalty.weights
        return np.full(n, self.l1) if weights is None else self.l1 * weights.values(n)

    def code_strengths(self, X: Array) -> Any:
        """λ, or λ w_i for every input of one feature i, (…, samples), where features have weights.

        What a code pays under a penalty on activations. X: (…, samples, n).
        """
        if self.penalty.weights is None:
            return self.l1
        return X @ self.constant("base_strengths", X, X.shape[-1])

    def constant(self, name: str, like: Encodings | Overlaps, n: int | None = None) -> Any:
        """What method `name` makes for n features, with the kind and type of `like`."""
        n = like.shape[-2] if n is None else n
        key = (name, n, like.dtype, getattr(like, "device", None))
        if key not in self._cache:
            made = getattr(self, name)(n)
            xp = namespace(like)
            settings = {} if xp is np else {"device": like.device}
            self._cache[key] = xp.asarray(made, dtype=like.dtype, **settings)
        return self._cache[key]
