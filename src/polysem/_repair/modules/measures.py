"""What is measured of every trained model of a user."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from polysem._diagnose.origin.network import encoding, represented, stacked
from polysem._repair.judge.measures import Measure, capacity, mixed_score
from polysem._repair.modules.training import Training


@dataclass(frozen=True)
class Trained:
    """One trained model, with its layer."""

    model: nn.Module
    training: Training

    @cached_property
    def network(self) -> Any:
        """Its layer."""
        return self.training.network(self.model)

    @cached_property
    def W(self) -> np.ndarray:
        """What each neuron carries of each feature, with its sign: (features, neurons)."""
        return encoding(self.network, self.network.parameters()).detach().cpu().numpy()

    @cached_property
    def held(self) -> torch.Tensor:
        """Which neuron represents which feature: booleans (features, neurons)."""
        return represented(self.network, self.network.parameters())

    @cached_property
    def findings(self) -> list[Any]:
        """The diagnosis of its wires, neurons that represent something."""
        from polysem._diagnose.inputs.layer import Layer
        from polysem._diagnose.weights_tier import diagnose_weights

        return [f for f in diagnose_weights(Layer.of(self.W), draws=100).findings if f.features]


def polysemantic(one: Trained) -> float:
    """Neurons that represent two features or more."""
    return int((one.held.sum(0) >= 2).sum())


def without_neuron(one: Trained) -> float:
    """Features that no neuron represents."""
    return int((~one.held.any(-1)).sum())


def loss(one: Trained) -> float | None:
    """On the data that it is judged by."""
    with torch.no_grad():
        found = float(one.network.losses(stacked(one.network.parameters(), 1)).mean())
    return found if math.isfinite(found) else None


def metric(one: Trained) -> float | None:
    """The user's own, mean over batches; None without one."""
    if one.training.metric is None:
        return None
    model = one.model.eval()
    with torch.no_grad():
        values = [float(one.training.metric(model, *batch)) for batch in one.network.judged_by]
    return sum(values) / len(values)


def effective_neurons(one: Trained) -> float | None:
    """Mean (ℓ1 norm / ℓ2 norm)² over features that have weights."""
    size = np.abs(one.W.astype(np.float64))
    norms = np.linalg.norm(size, axis=1)
    alive = norms > 0
    return float(((size.sum(1)[alive] / norms[alive]) ** 2).mean()) if alive.any() else None


def monosemantic_share(one: Trained) -> float | None:
    """Of the neurons that represent something, the share that represents one feature."""
    counts = one.held.sum(0)
    used = int((counts > 0).sum())
    return int((counts == 1).sum()) / used if used else None


MEASURES: dict[str, Measure] = {
    "polysemantic": Measure("polysemantic neurons", polysemantic, True, True),
    "dead_features": Measure("features without a neuron", without_neuron, True, True),
    "loss": Measure("loss, held out", loss, less=True),
    "metric": Measure("metric, held out", metric),
    "effective_neurons": Measure("effective neurons per feature", effective_neurons, less=True),
    "monosemantic_share": Measure(
        "monosemantic share of neurons in use", monosemantic_share, less=False
    ),
    "mixed_score": Measure("mean mixed-selectivity score", mixed_score, less=True),
    "capacity": Measure("mean capacity per feature", capacity, less=False),
}
"""Name → measure of a `Trained`."""


def measured(model: nn.Module, training: Training) -> dict[str, float | None]:
    """Every measure of one trained model, by name; all None where its layer is not finite."""
    one = Trained(model, training)
    if not np.isfinite(one.W).all():
        return dict.fromkeys(MEASURES)
    return {name: measure.of(one) for name, measure in MEASURES.items()}
