"""The inputs of the final-state score, from an encoding matrix alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._census.rules import Relative
from polysem._diagnose.capacity.features import capacity_of_gram, capacity_shortage, gram
from polysem._diagnose.capacity.spectrum import effective_rank, of_gram, singular_values
from polysem._diagnose.final_state.moves import StaticMoves
from polysem._diagnose.origin.costs import squashed

INPUTS = (
    "shortage",
    "slack",
    "free",
    "occupancy",
    "rank",
    "features",
    "relocation",
    "mask_only",
    "eviction",
    "overlap",
)
"""`shortage` — capacity that the neuron's features lack (Scherlis). Of the layer: `slack`,
(neurons − live features)/live features; `free`, the share of neurons that represent nothing;
`occupancy`, (feature, neuron) pairs per neuron; `rank`, effective rank over the largest possible.
`features` — on the neuron. `relocation`, `mask_only`, `eviction` — costs of static moves in the
implied loss, as sign(ΔL)·log1p(|ΔL|/1e-3). `overlap` — signed cosine of its two strongest
features."""


@dataclass(frozen=True)
class Inputs:
    """`neurons` — the polysemantic ones, (k,). `values` — their inputs, (k, inputs)."""

    neurons: np.ndarray
    values: np.ndarray


def measure_inputs(W: np.ndarray, held: np.ndarray | None = None) -> Inputs:
    """Inputs of every polysemantic neuron of W: (features, neurons).

    `held` — which neuron represents which feature, by the census' rule if not given. The matrix is
    first divided by the median length of its live encodings. The inputs do not depend on the order
    of features and neurons, on the sign of a neuron, or on the scale of W.
    """
    held = Relative().represents(W) if held is None else held
    neurons = np.flatnonzero(held.sum(0) >= 2)
    if not len(neurons):
        return Inputs(neurons, np.empty((0, len(INPUTS))))
    alive = held.any(1)
    products = gram(W)
    scale = float(np.median(np.sqrt(np.diagonal(products)[alive])))
    W, products = W / np.asarray(scale, dtype=W.dtype), products / scale**2
    layer = _layer(W, products, held, int(alive.sum()))
    shortage = capacity_shortage(W, capacity_of_gram(products))
    moves = StaticMoves(W, products)
    rows = []
    for k in neurons:
        features = np.flatnonzero(held[:, k])
        features = features[np.argsort(-np.abs(W[features, k]), kind="stable")]
        costs = moves.costs(int(k), features)
        one = {"shortage": shortage[k], "features": len(features)} | layer
        one["overlap"] = _cosine(products, *features[:2])
        for name in ("relocation", "mask_only", "eviction"):
            one[name] = squashed(getattr(costs, name))
        rows.append([float(one[name]) for name in INPUTS])
    return Inputs(neurons, np.array(rows))


def _layer(W: np.ndarray, products: np.ndarray, held: np.ndarray, alive: int) -> dict[str, float]:
    """Inputs that all neurons of the layer share."""
    neurons = W.shape[1]
    sigma = of_gram(products) if len(W) <= neurons else singular_values(W)
    return {
        "slack": (neurons - alive) / alive,
        "free": float((~held.any(0)).mean()),
        "occupancy": float(held.sum() / neurons),
        "rank": effective_rank(sigma) / min(W.shape),
    }


def _cosine(products: np.ndarray, first: int, second: int) -> float:
    size = np.sqrt(products[first, first] * products[second, second])
    return float(products[first, second] / size)
