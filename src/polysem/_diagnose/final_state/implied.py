"""The network that weights imply: its inputs one-hot, its outputs the features again.

Without the network's own data, x̂(e_i) = ReLU(h_i D + c): h_i, what feature i alone does to the
neurons; D, the out-weights; c, the outputs' biases. One feature is worth 1 in its loss
Σ_ij (x̂_j(e_i) − δ_ij)².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._diagnose.capacity.features import gram

BOTH, SAME = (1.0, -1.0), (1.0,)


@dataclass(frozen=True)
class Implied:
    """`hidden` (features, neurons), `outgoing` (neurons, features), `offset` (features,).

    `outputs` (features, features) — h D + c, before the ReLU. `signs` — with which a feature may
    come to another neuron: either without a non-linearity, its own with one.
    """

    hidden: np.ndarray
    outgoing: np.ndarray
    offset: np.ndarray
    outputs: np.ndarray
    signs: tuple[float, ...]

    @classmethod
    def tied(cls, W: np.ndarray, alive: np.ndarray) -> Implied:
        """x̂ = ReLU(W Wᵀ x) of W (features, neurons), scaled to median length 1 of its live rows."""
        products = gram(W)
        scale = float(np.median(np.sqrt(np.diagonal(products)[alive])))
        W, products = W / np.asarray(scale, dtype=W.dtype), products / scale**2
        return cls(W, W.T, np.zeros(len(W)), products, BOTH)

    @classmethod
    def untied(
        cls,
        weights: np.ndarray,
        outgoing: np.ndarray,
        bias: np.ndarray,
        outgoing_bias: np.ndarray,
        alive: np.ndarray,
    ) -> Implied:
        """x̂ = ReLU(φ(E + b) D + c), with φ ReLU or nothing: whichever gives the features back.

        Outputs are scaled so that live features' own have the median 1, and every neuron's in- and
        out-weights to equal norms, which changes no output.
        """
        drive = weights.astype(np.float64) + bias
        both = (
            cls._scaled(hidden, outgoing.astype(np.float64), outgoing_bias, alive, signs)
            for hidden, signs in ((np.maximum(drive, 0), SAME), (drive, BOTH))
        )
        return min(both, key=lambda one: implied_loss(one.outputs))

    @classmethod
    def _scaled(
        cls,
        hidden: np.ndarray,
        outgoing: np.ndarray,
        offset: np.ndarray,
        alive: np.ndarray,
        signs: tuple[float, ...],
    ) -> Implied:
        outputs = hidden @ outgoing + offset
        own = np.diagonal(outputs)[alive]
        scale = float(np.median(own[own > 0])) if (own > 0).any() else 1.0
        into, out = np.linalg.norm(hidden, axis=0), np.linalg.norm(outgoing, axis=1)
        used = (into > 0) & (out > 0)
        even = np.sqrt(np.where(used, out, scale) / (scale * np.where(used, into, 1)))
        even = np.where(used, even, 1.0)
        return cls(
            hidden * even,
            outgoing / (scale * even[:, None]),
            offset / scale,
            outputs / scale,
            signs,
        )


def implied_loss(outputs: np.ndarray) -> float:
    """Σ_ij (ReLU(G_ij) − δ_ij)² of outputs G before the ReLU: (features, features)."""
    said = np.maximum(outputs, 0)
    own = np.diagonal(said)
    return float(np.einsum("ij,ij->", said, said) + len(own) - 2 * own.sum())
