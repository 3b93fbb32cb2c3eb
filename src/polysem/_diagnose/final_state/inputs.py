"""The inputs of the final-state score, from weights alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from polysem._census.rules import Relative
from polysem._diagnose.capacity.features import capacity_of_gram, capacity_shortage
from polysem._diagnose.capacity.spectrum import effective_rank, of_gram, singular_values
from polysem._diagnose.final_state.implied import Implied, scaled
from polysem._diagnose.final_state.tied import TiedNetwork
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
    "implied",
    "interference",
    "density",
    "kurtosis",
    "lengths",
    "weakest",
    "shared",
    "alone",
    "rest",
)
"""`shortage` — capacity that the neuron's features lack (Scherlis). Of the layer: `slack`,
(neurons − live features)/live features; `free`, the share of neurons that represent nothing;
`occupancy`, (feature, neuron) pairs per neuron; `rank`, effective rank over the largest possible.
`features` — on the neuron. `relocation`, `mask_only`, `eviction` — costs of static moves in the
implied loss, as sign(ΔL)·log1p(|ΔL|/1e-3). `overlap` — signed cosine of its two strongest
features. Of the layer again, its encodings scaled to lengths near 1: `implied`, the implied loss
per feature; `interference`, Σ_j x̂_j(e_i)² over j ≠ i, the mean of live features; `density`,
the share of weights above a tenth of the largest; `kurtosis` of the weights, mean w⁴/(mean w²)²;
`lengths`, standard deviation of the live encodings' lengths; `weakest`, the smallest of the
neurons' largest weights; `shared` and `alone`, the shares of neurons that represent two features or
more, and one. `rest` — norm of the neuron's weights of features that it does not represent."""


Progress = Callable[[float, float], None]


@dataclass(frozen=True)
class Inputs:
    """`neurons` — the polysemantic ones, (k,). `values` — their inputs, (k, inputs)."""

    neurons: np.ndarray
    values: np.ndarray


def measure_inputs(
    W: np.ndarray, network: Implied | None = None, progress: Progress | None = None
) -> Inputs:
    """Inputs of every polysemantic neuron of W: (features, neurons).

    `network` — the whole one, where it is known: then moves and interference are its own, else
    those of the tied one that W implies. W is first divided by the median length of its live
    encodings. The inputs do not depend on the order of features and neurons, on the sign of a
    neuron, or on the scale of W. `progress(done, total)` — called after each neuron.
    """
    held = Relative().represents(W)
    neurons = np.flatnonzero(held.sum(0) >= 2)
    if not len(neurons):
        return Inputs(neurons, np.empty((0, len(INPUTS))))
    alive = np.asarray(held.any(1))
    W, products = scaled(W, alive)
    implied = TiedNetwork(W, products) if network is None else network
    layer = _layer(W, products, held, int(alive.sum())) | _spread(W, products, alive)
    layer |= {"implied": implied.loss / len(W), "interference": _interference(implied, alive)}
    shortage = capacity_shortage(W, capacity_of_gram(products))
    rows = []
    for k in neurons:
        features = np.flatnonzero(held[:, k])
        features = features[np.argsort(-np.abs(W[features, k]), kind="stable")]
        costs = implied.costs(int(k), features)
        one = {"shortage": shortage[k], "features": len(features)} | layer
        one["overlap"] = _cosine(products, *features[:2])
        one["rest"] = np.linalg.norm(W[~held[:, k], k])
        for name in ("relocation", "mask_only", "eviction"):
            one[name] = squashed(getattr(costs, name))
        rows.append([float(one[name]) for name in INPUTS])
        if progress is not None:
            progress(len(rows), len(neurons))
    return Inputs(neurons, np.array(rows))


def _layer(W: np.ndarray, products: np.ndarray, held: np.ndarray, alive: int) -> dict[str, float]:
    """Inputs that all neurons of the layer share."""
    neurons = W.shape[1]
    sigma = of_gram(products) if len(W) <= neurons else singular_values(W)
    on_each = held.sum(0)
    return {
        "slack": (neurons - alive) / alive,
        "free": float((on_each == 0).mean()),
        "alone": float((on_each == 1).mean()),
        "shared": float((on_each >= 2).mean()),
        "occupancy": float(held.sum() / neurons),
        "rank": effective_rank(sigma) / min(W.shape),
    }


def _spread(W: np.ndarray, products: np.ndarray, alive: np.ndarray) -> dict[str, float]:
    """How the layer's weights are spread."""
    size, squares = np.abs(W), np.square(W)
    lengths = np.sqrt(np.diagonal(products))
    mean = squares.mean(dtype=np.float64)
    return {
        "density": float((size > 0.1 * size.max()).mean()),
        "kurtosis": float(np.square(squares).mean(dtype=np.float64) / mean**2),
        "lengths": float(lengths[alive].std()),
        "weakest": float(size.max(0).min()),
    }


def _interference(implied: Implied, alive: np.ndarray) -> float:
    """How far features disturb each other, the mean of live ones."""
    outputs = np.maximum(implied.outputs, 0)
    np.fill_diagonal(outputs, 0)
    return float(np.einsum("ij,ij->i", outputs, outputs)[alive].mean())


def _cosine(products: np.ndarray, first: int, second: int) -> float:
    size = np.sqrt(products[first, first] * products[second, second])
    return float(products[first, second] / size)
