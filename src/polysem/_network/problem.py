"""What flows: the loss of a tied network as forces on its weights, beyond the base model.

    L(W) = Σ_ij I_j (σ(G_ij) − δ_ij)² + Σ_{i≠j} κ_ij min(z_ij, 0)²
         + λ Σ_i w_i ‖W_i‖₁^p + μ Σ_i ‖W_i‖²

with G = W Wᵀ, z = G + shift of the output activation σ, importances I, costs κ of negative
overlaps. Its force is that of a symmetric matrix that depends on G alone,

    dW/dt = 4 C(G) W − λ_i sign(W),    C = −B ∘ (σ(G) − I) ∘ σ'(G) − κ ∘ min(z, 0) − (μ/2) I

with B_ij = (I_i + I_j)/2 and λ_i = λ w_i p ‖W_i‖₁^(p−1). The base model has C = I − ReLU(G).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from polysem._network import tied
from polysem._network.activation import Activation, PiecewiseLinear, Relu
from polysem._network.backend import identity_like, namespace
from polysem._network.negative_overlap import NegativeOverlap
from polysem._network.penalty import Penalty
from polysem._network.per_feature import PerFeature
from polysem._types import Encodings, Overlaps, PerFeatureValues, PerNetwork, checked


@dataclass(frozen=True)
class Problem:
    """A loss and its forces. W: (…, n_features, n_neurons), NumPy or torch, as everywhere.

    `l1` — λ ≥ 0. The rest as in `NetworkSpec`; the defaults are the base model.
    """

    l1: float
    penalty: Penalty = field(default_factory=Penalty)
    activation: Activation = field(default_factory=Relu)
    importance: PerFeature | None = None
    negative_overlap: NegativeOverlap | None = None
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def is_base(self) -> bool:
        """True for the model of arXiv 2312.03096, Section 2."""
        return self == Problem(self.l1)

    @property
    def outside_engine(self) -> str | None:
        """Why the fast engine cannot follow this problem; None if it can."""
        if isinstance(self.activation, PiecewiseLinear):
            return None
        return (
            f"the engine follows activations that are straight on either side of one kink, "
            f"not {self.activation.kind}"
        )

    def gain(self, n: int) -> np.ndarray:
        """B: (n, n), how strongly an overlap is answered above the kink of σ."""
        if self.importance is None:
            return np.ones((n, n))
        importance = self.importance.values(n)
        return (importance[:, None] + importance) / 2

    def slowest(self, n: int) -> float:
        """The smallest positive λ w_i, the rate at which the last near-ties resolve; or 0."""
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

    def strengths(self, W: Encodings) -> PerFeatureValues:
        """λ_i = λ w_i p ‖W_i‖₁^(p−1), what a zero weight of feature i withstands: (…, n)."""
        base, p = self._constant("base_strengths", W), self.penalty.power
        if p == 1:
            return namespace(W).broadcast_to(base, W.shape[:-1])
        size = namespace(W).abs(W).sum(-1)
        return base * p * size ** (p - 1)

    def coupling(self, G: Overlaps) -> Overlaps:
        """C(G): (…, n, n), symmetric; the smooth force is 4 C W."""
        eye = identity_like(G)
        if self.is_base:
            return eye - namespace(G).clip(G, min=0)
        sigma = self.activation
        C = -self._constant("gain", G) * (sigma.value(G) - eye) * sigma.slope(G)
        if self.negative_overlap is not None:
            z = G + sigma.kink.shift
            C = C - self._constant("cost_below", G) * namespace(G).clip(z, max=0)
        return C if self.penalty.l2 == 0 else C - self.penalty.l2 / 2 * eye

    def smooth_force(self, W: Encodings) -> Encodings:
        """Minus the gradient of everything but the ℓ1 part: shape of W."""
        return 4 * (self.coupling(tied.gram(W)) @ W)

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
        return self._shrinkage(W) - 2 * self.penalty.l2 * W

    @checked
    def gradient(self, W: Encodings) -> Encodings:
        """∂L/∂W, the subgradient with sign(0) = 0: shape of W."""
        return -(self.smooth_force(W) + self._shrinkage(W))

    @checked
    def velocity(self, W: Encodings) -> Encodings:
        """dW/dt of the exact flow: minus the subgradient of least norm, shape of W."""
        xp = namespace(W)
        force = self.smooth_force(W)
        excess = xp.clip(xp.abs(force) - self.strengths(W)[..., None], min=0)
        return xp.where(W == 0, xp.sign(force) * excess, force + self._shrinkage(W))

    def _shrinkage(self, W: Encodings) -> Any:
        """−λ_i sign(W)."""
        return -self.strengths(W)[..., None] * namespace(W).sign(W)

    @checked
    def reconstruction_loss(self, W: Encodings) -> PerNetwork:
        """The loss without the penalty: (…,), ≥ 0."""
        G = tied.gram(W)
        eye = identity_like(G)
        cost = self._constant("gain", G) * (self.activation.value(G) - eye) ** 2
        if self.negative_overlap is not None:
            z = namespace(G).clip(G + self.activation.kink.shift, max=0)
            cost = cost + self._constant("cost_below", G) * z**2
        return cost.sum((-1, -2))

    @checked
    def loss(self, W: Encodings) -> PerNetwork:
        """L(W): (…,)."""
        size = namespace(W).abs(W).sum(-1) ** self.penalty.power
        rows = self._constant("base_strengths", W) * size + self.penalty.l2 * (W**2).sum(-1)
        return self.reconstruction_loss(W) + rows.sum(-1)

    def _constant(self, name: str, like: Encodings | Overlaps) -> Any:
        """What method `name` makes for n features, with the kind and type of `like`."""
        key = (name, like.shape[-2], like.dtype, getattr(like, "device", None))
        if key not in self._cache:
            made = getattr(self, name)(like.shape[-2])
            xp = namespace(like)
            settings = {} if xp is np else {"device": like.device}
            self._cache[key] = xp.asarray(made, dtype=like.dtype, **settings)
        return self._cache[key]
