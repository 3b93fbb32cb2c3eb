"""What weights without their data imply: a task, one feature at a time.

Encodings alone are read as those of the tied network x̂ = ReLU(W Wᵀ x) on one-hot inputs: outputs
before the ReLU G = W Wᵀ, loss Σ_ij (ReLU(G_ij) − δ_ij)², in which one feature is worth 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from polysem._diagnose.capacity.features import gram

HOMES = 128
"""Neurons that are tried as a home or emptied, those with the weakest weights first."""


@dataclass(frozen=True)
class Costs:
    """Changes of the implied loss, in units of one feature's worth, for one neuron.

    `mask_only` — of dropping all features but one. `relocation` — of moving the others, each to
    its cheapest home. `eviction` — of emptying the cheapest other neuron.
    """

    mask_only: float
    relocation: float
    eviction: float


class Implied(Protocol):
    """A network with a loss that its weights imply, in units of one feature's worth.

    `loss` — before any move. `outputs` — what each feature alone gives: (features, features).
    """

    loss: float
    outputs: np.ndarray

    def costs(self, neuron: int, features: np.ndarray) -> Costs:
        """Of static moves of a neuron that represents `features`, strongest first, two or more."""
        ...


def cheapest_other(emptied: np.ndarray, homes: np.ndarray, neuron: int) -> float:
    """The least cost of emptying a home, both (homes,), that is not the neuron itself."""
    others = emptied[homes != neuron]
    return float(others.min() if len(others) else emptied.min())


def scaled(W: np.ndarray, alive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W (features, neurons) with median length 1 of its `alive` rows, and its W Wᵀ."""
    products = gram(W)
    size = float(np.median(np.sqrt(np.diagonal(products)[alive])))
    return W / np.asarray(size, dtype=W.dtype), products / size**2


def implied_loss(products: np.ndarray) -> float:
    """Σ_ij (ReLU(G_ij) − δ_ij)² of G = W Wᵀ: (features, features)."""
    outputs = np.maximum(products, 0)
    own = np.diagonal(outputs)
    return float(np.einsum("ij,ij->", outputs, outputs) + len(own) - 2 * own.sum())
