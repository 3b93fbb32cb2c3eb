"""All capacity measures of a layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._census.life import alive_features
from polysem._diagnose.capacity import neurons, spectrum
from polysem._diagnose.capacity.features import capacity_of_gram, capacity_shortage, gram
from polysem._diagnose.capacity.slots import Slots
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.inputs.problems import NotAssessable


@dataclass(frozen=True)
class Capacity:
    """How a layer spends its dimensions.

    Per feature, (features,): `capacity` (Scherlis' capacity, which is Elhage's dimensionality; NaN
    for a zero row), `alive` (the census' rule). Per neuron, (neurons,): `norm` of its weights,
    `dead`, `duplicate_of` (the first neuron of its direction, itself if there is none before),
    `shortage`, `effective_features`, `fourth_norm`, `kurtosis`. Of the layer: `slots`,
    `effective_rank`, `participation_ratio`. Neurons in `problems` count as dead.
    """

    capacity: np.ndarray
    alive: np.ndarray
    norm: np.ndarray
    dead: np.ndarray
    duplicate_of: np.ndarray
    shortage: np.ndarray
    effective_features: np.ndarray
    fourth_norm: np.ndarray
    kurtosis: np.ndarray
    slots: Slots
    effective_rank: float
    participation_ratio: float
    problems: tuple[NotAssessable, ...]


def measure_capacity(layer: Layer) -> Capacity:
    """Measure encoding weights W: (features, neurons); the Gram matrix is taken once."""
    W = layer.weights
    products = gram(W)
    capacity = capacity_of_gram(products)
    alive = alive_features(np.sqrt(np.diagonal(products)))
    wide = W.shape[0] <= W.shape[1]
    sigma = spectrum.of_gram(products) if wide else spectrum.singular_values(W)
    norm = neurons.column_norms(W)
    return Capacity(
        capacity=capacity,
        alive=alive,
        norm=norm,
        dead=neurons.dead_neurons(norm),
        duplicate_of=neurons.duplicate_groups(W),
        shortage=capacity_shortage(W, capacity),
        effective_features=neurons.effective_features(W),
        fourth_norm=neurons.fourth_norms(W),
        kurtosis=neurons.kurtosis(W),
        slots=Slots(int(alive.sum()), W.shape[1]),
        effective_rank=spectrum.effective_rank(sigma),
        participation_ratio=spectrum.participation_ratio(sigma),
        problems=layer.problems,
    )
