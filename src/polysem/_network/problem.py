"""What flows: the loss of a tied network as forces on its weights, beyond the base model.

    L(W) = Σ_ij I_j (σ(G_ij) − δ_ij)² + Σ_{i≠j} κ_ij min(z_ij, 0)²
         + λ Σ_i w_i (Σ_k |W_ik|^q)^p + μ Σ_i ‖W_i‖²

with G = W Wᵀ, z = G + shift of the output activation σ, importances I, costs κ of negative
overlaps. Its force is that of a symmetric matrix that depends on G alone,

    dW/dt = 4 C(G) W − λ_i sign(W),    C = −B ∘ (σ(G) − I) ∘ σ'(G) − κ ∘ min(z, 0) − (μ/2) I

with B_ij = (I_i + I_j)/2 and λ_i = λ w_i p ‖W_i‖₁^(p−1). The base model has C = I − ReLU(G).
A penalty with q > 1 is smooth; its force is entry by entry and λ_i = 0. One of another function
ρ(|w|) of single weights has λ_i = λ w_i ρ'(0), and the force of ρ(|w|) − ρ'(0)|w|, which is smooth,
entry by entry. Data other than one-hot
have another C(G) (`sampled.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from polysem._network import reach, tied
from polysem._network.backend import identity_like, namespace, positive_part
from polysem._network.data import OneHot
from polysem._network.hidden import HiddenIdentity
from polysem._network.sampled import (
    coupling_of_data,
    sampled_gradient,
    sampled_loss,
    sampled_reconstruction,
)
from polysem._network.terms import Terms
from polysem._types import Encodings, Overlaps, PerFeatureValues, PerNetwork, checked


@dataclass(frozen=True)
class Problem(Terms):
    """A loss and its forces. W: (…, n_features, n_neurons), NumPy or torch, as everywhere.

    `l1` — λ ≥ 0. The rest as in `NetworkSpec`; the defaults are the base model.
    """

    @cached_property
    def is_base(self) -> bool:
        """True for the model of arXiv 2312.03096, Section 2."""
        return self == Problem(self.l1)

    @property
    def outside_engine(self) -> str | None:
        """Why the fast engine cannot follow this problem; None if it can."""
        return reach.outside_engine(self)

    def outside_flow(self, n: int) -> str | None:
        """Why no method here can follow the flow for n features; None if one can."""
        return reach.outside_flow(self, n)

    def strengths(self, W: Encodings) -> PerFeatureValues:
        """λ_i = λ w_i p ‖W_i‖₁^(p−1), what a zero weight of feature i withstands: (…, n).

        Times ρ'(0) for another function of single weights; 0 for a smooth penalty.
        """
        found = self.penalty.row_strengths(W, self.constant("base_strengths", W))
        return found if self.penalty.straight else self.penalty.at_zero * found

    def coupling(self, G: Overlaps) -> Overlaps:
        """C(G): (…, n, n), symmetric; the smooth force is 4 C W."""
        if not isinstance(self.data, OneHot):
            C = coupling_of_data(self, G, *self.samples(G))
            return C if self.penalty.l2 == 0 else C - self.penalty.l2 / 2 * identity_like(G)
        eye = identity_like(G)
        if self.is_base:
            return eye - positive_part(G)
        sigma = self.activation
        C = -self.constant("gain", G) * (sigma.value(G) - eye) * sigma.slope(G)
        if self.negative_overlap is not None:
            z = G + sigma.kink.shift
            C = C - self.constant("cost_below", G) * namespace(G).clip(z, max=0)
        return C if self.penalty.l2 == 0 else C - self.penalty.l2 / 2 * eye

    def smooth_force(self, W: Encodings) -> Encodings:
        """Minus the gradient of everything but what holds weights at zero: shape of W."""
        return self.force(self.coupling(tied.gram(W)), W)

    def force(self, C: Overlaps, W: Encodings) -> Encodings:
        """The smooth force for known C; W may be some columns only."""
        force = 4 * (C @ W)
        if self.penalty.straight:
            return force
        return force - self.constant("base_strengths", W)[..., None] * self.penalty.smooth_bend(W)

    @checked
    def feature_benefit(self, W: Encodings) -> Encodings:
        """The part of the force that a feature exerts on itself, without the penalty."""
        G = tied.gram(W)
        own = (self.coupling(G) * identity_like(G)).sum(-1) + self.penalty.l2 / 2
        return 4 * own[..., None] * W

    @checked
    def interference(self, W: Encodings) -> Encodings:
        """The part of the force that the other features exert."""
        G = tied.gram(W)
        return 4 * ((self.coupling(G) * (1 - identity_like(G))) @ W)

    @checked
    def regularisation(self, W: Encodings) -> Encodings:
        """The part of the force that the penalty exerts; 0 for the ℓ1 part at a zero weight."""
        return -self.penalty.slope(W, self.constant("base_strengths", W))

    @checked
    def gradient(self, W: Encodings) -> Encodings:
        """∂L/∂W, the subgradient with sign(0) = 0: shape of W."""
        if self._by_samples:
            return sampled_gradient(self, W, *self.samples(W))
        return -(self.smooth_force(W) + self._shrinkage(W))

    @checked
    def velocity(self, W: Encodings) -> Encodings:
        """dW/dt of the exact flow: minus the subgradient of least norm, shape of W."""
        xp = namespace(W)
        force = self.smooth_force(W)
        excess = positive_part(xp.abs(force) - self.strengths(W)[..., None])
        return xp.where(W == 0, xp.sign(force) * excess, force + self._shrinkage(W))

    def _shrinkage(self, W: Encodings) -> Any:
        """−λ_i sign(W)."""
        return -self.strengths(W)[..., None] * namespace(W).sign(W)

    @checked
    def reconstruction_loss(self, W: Encodings) -> PerNetwork:
        """The loss without the penalty: (…,), ≥ 0.

        NaN where W is not all there is to know, in any architecture but one tied layer.
        """
        if not self.architecture.plain:
            return namespace(W).nan * W[..., 0, 0]
        if self._by_samples or not isinstance(self.data, OneHot):
            return sampled_reconstruction(self, W, *self.samples(W))[0]
        G = tied.gram(W)
        eye = identity_like(G)
        cost = self.constant("gain", G) * (self.activation.value(G) - eye) ** 2
        if self.negative_overlap is not None:
            z = namespace(G).clip(G + self.activation.kink.shift, max=0)
            cost = cost + self.constant("cost_below", G) * z**2
        return cost.sum((-1, -2))

    @checked
    def loss(self, W: Encodings) -> PerNetwork:
        """L(W): (…,)."""
        if self._by_samples:
            return sampled_loss(self, W, *self.samples(W))
        base = self.constant("base_strengths", W)
        return self.reconstruction_loss(W) + self.penalty.value(W, base)

    @property
    def _by_samples(self) -> bool:
        """True if the loss is no function of overlaps and weights alone."""
        return self.penalty.on == "activations" or not isinstance(self.hidden, HiddenIdentity)

    def seen_overlaps(self, G: np.ndarray) -> np.ndarray:
        """How far every overlap is from doing nothing, (n, n); ≤ 0 where the output hides it.

        Features that never meet feel overlaps above the kink of the output; those that do meet
        feel overlaps of either sign, because the one's output is read while the other is on.
        """
        hidden = max(-self.activation.kink.shift, 0)
        seen = np.where(hidden < G, G, 0)
        if isinstance(self.data, OneHot):
            return seen
        X = self.inputs(len(G))
        return np.where(X.T @ X > 0, np.abs(G), seen)
