"""The network and its start as a configuration: what is simulated or trained, not how."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from polysem._config import Config
from polysem._network.activation import Activation, Relu
from polysem._network.architecture import Architecture, Tied
from polysem._network.data import Data, OneHot
from polysem._network.hidden import Hidden, HiddenIdentity
from polysem._network.initial import Initial, Normal
from polysem._network.negative_overlap import NegativeOverlap
from polysem._network.penalty import Penalty
from polysem._network.per_feature import PerFeature, must_fit
from polysem._network.problem import Problem
from polysem._types import Weights

Size = Annotated[int, Field(ge=1, le=10**9)]
Strength = Annotated[float, Field(ge=0, le=1e9)]


class NetworkSpec(Config):
    """A tied autoencoder with a penalty on its encodings, and its starting law.

    `n` — features (rows of W). `m` — neurons (columns of W). `l1` — λ ≥ 0, strength of the
    penalty λ Σ_i ‖W_i‖₁ in a loss summed over inputs and outputs. `initial` — starting weights.
    The rest leads away from the base model: `penalty` — another shape of it (see `Penalty`);
    `activation` — of the output; `importance` — I_i ≥ 0 of the error in output i, 1 by default;
    `negative_overlap` — a cost of negative overlaps, as co-occurring features have; `data` — which
    features are on together, one at a time by default; `hidden` — activation function of the
    hidden layer, none by default; `architecture` — tied or untied, layers, biases.
    """

    n: Size
    m: Size
    l1: Strength = 0.001
    initial: Initial = Normal()
    penalty: Penalty = Penalty()
    activation: Activation = Relu()
    importance: PerFeature | None = None
    negative_overlap: NegativeOverlap | None = None
    data: Data = OneHot()
    hidden: Hidden = HiddenIdentity()
    architecture: Architecture = Tied()

    @model_validator(mode="after")
    def _lists_fit(self) -> NetworkSpec:
        must_fit("importance", self.importance, self.n)
        must_fit("penalty.weights", self.penalty.weights, self.n)
        if self.negative_overlap is not None:
            self.negative_overlap.must_fit(self.n)
        self.data.must_fit(self.n)
        self.hidden.must_fit(self.m)
        self.initial.must_fit(self.n, self.m)
        return self

    @model_validator(mode="after")
    def _go_together(self) -> NetworkSpec:
        must_go_together(self)
        return self

    @property
    def problem(self) -> Problem:
        """The loss whose gradient flows."""
        penalty = self.penalty
        plain = (
            isinstance(self.data, OneHot)
            and isinstance(self.hidden, HiddenIdentity)
            and self.architecture.plain
        )
        if penalty.on == "activations" and plain:
            # Codes of one-hot inputs are the rows of W, so the two penalties are one.
            penalty = penalty.model_copy(update={"on": "weights"})
        return Problem(
            self.l1,
            penalty,
            self.activation,
            self.importance,
            self.negative_overlap,
            self.data,
            self.hidden,
            self.architecture,
        )

    def start(self, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        return self.initial.draw(self.n, self.m, seed)


def must_go_together(network: NetworkSpec) -> None:
    """Raise `ValueError` with the reason if two axes of a network exclude each other."""
    data, hidden, wiring = network.data, network.hidden, network.architecture
    bare, one_hot = isinstance(hidden, HiddenIdentity), isinstance(data, OneHot)
    if network.negative_overlap is not None:
        if not bare or not wiring.plain:
            raise ValueError(
                "negative_overlap is a cost of W_i·W_j, which only one tied layer without biases "
                "or hidden activation computes; leave one of them out"
            )
        if not one_hot:
            raise ValueError(
                "negative_overlap stands for co-occurrence under one-hot data; with data of "
                f"kind {data.kind!r} leave it out"
            )
    if network.penalty.weights is None:
        return
    if network.penalty.on == "activations" and not one_hot:
        raise ValueError(
            "penalty.weights are strengths of features, which activations for several "
            "features at once don't have; leave them out, or use on = 'weights'"
        )
    if wiring.layers > 1 or not wiring.tied:
        raise ValueError(
            "penalty.weights are strengths of the rows of one tied matrix; leave them out for "
            "more layers or an untied decoder"
        )
