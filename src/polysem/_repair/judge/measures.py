"""What is measured of every network: one function each, and its name in `MEASURES`.

A measure takes what is known of one network and gives a number, or None where it is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from polysem._census.take import take_census
from polysem._diagnose.capacity.features import capacity_of_gram, gram
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.rows import Finding
from polysem._diagnose.weights_tier import diagnose_weights
from polysem._network.data import OneHot
from polysem._network.problem import Problem
from polysem._repair.judge.held_out import loss_in_pairs, plain_losses
from polysem._types import Weights

NULL_DRAWS = 100  # the diagnosis' own p-values are not used here


@dataclass(frozen=True)
class Network:
    """One network to be measured: W (n_features, n_neurons), and the plain loss it is judged on."""

    W: Weights
    problem: Problem

    @cached_property
    def census(self) -> Mapping[str, Any]:
        """Its row of the census."""
        (row,) = take_census(self.W, l1=self.problem.l1, scale=1.0).to_dicts()
        return row

    @cached_property
    def losses(self) -> tuple[float, float]:
        """Whole loss and reconstruction."""
        return plain_losses(self.problem, self.W)

    @cached_property
    def findings(self) -> list[Finding]:
        """The diagnosis of its weights, neurons that represent something."""
        found = diagnose_weights(Layer.of(self.W), draws=NULL_DRAWS).findings
        return [finding for finding in found if finding.features]


@dataclass(frozen=True)
class Measure:
    """`label` — in words. `of` — the number. `whole` — it counts things. `less` — fewer is better,
    None where neither is."""

    label: str
    of: Callable[[Any], float | None]
    whole: bool = False
    less: bool | None = None


def _counted(name: str) -> Callable[[Network], float | None]:
    return lambda network: network.census[name]


def monosemantic_share(network: Network) -> float | None:
    """Of the neurons that represent something, the share that represents one feature."""
    found = network.findings
    return None if not found else sum(not f.polysemantic for f in found) / len(found)


def mixed_score(network: Network) -> float | None:
    """Mean score of the diagnosis over neurons that represent something, 0 (pure) to 1 (even)."""
    found = [f.score for f in network.findings if f.score is not None]
    return float(np.mean(found)) if found else None


def capacity(network: Network) -> float | None:
    """Mean Scherlis capacity of living features: 1 alone in its direction, ½ in an even pair."""
    values = capacity_of_gram(gram(network.W.astype(np.float64)))
    alive = values[np.isfinite(values)]
    return float(alive.mean()) if alive.size else None


def in_pairs(network: Network) -> float | None:
    """`loss_in_pairs`; None with other data than one-hot, or fewer than two features."""
    if not isinstance(network.problem.data, OneHot) or len(network.W) < 2:
        return None
    return loss_in_pairs(network.problem, network.W)


MEASURES: dict[str, Measure] = {
    "polysemantic": Measure("polysemantic neurons", _counted("polysemantic"), True, True),
    "opposite_sign": Measure("of opposite sign", _counted("opposite_sign"), True, True),
    "same_sign": Measure("of the same sign", _counted("same_sign"), True, True),
    "dead_features": Measure("dead features", _counted("dead_features"), True, True),
    "loss": Measure("plain loss, held out", lambda network: network.losses[0], less=True),
    "reconstruction": Measure(
        "plain loss without penalty, held out", lambda network: network.losses[1], less=True
    ),
    "loss_in_pairs": Measure("loss when two features are on", in_pairs, less=True),
    "effective_neurons": Measure(
        "effective neurons per feature", _counted("effective_neurons"), less=True
    ),
    "monosemantic_share": Measure(
        "monosemantic share of neurons in use", monosemantic_share, less=False
    ),
    "mixed_score": Measure("mean mixed-selectivity score", mixed_score, less=True),
    "capacity": Measure("mean capacity per feature", capacity, less=False),
}


def measured(W: Weights, problem: Problem) -> dict[str, float | None]:
    """Every measure of one network, by name; all None where W is not finite."""
    if not np.isfinite(W).all():
        return dict.fromkeys(MEASURES)
    network = Network(W, problem)
    return {name: measure.of(network) for name, measure in MEASURES.items()}
