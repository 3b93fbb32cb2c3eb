"""The tied autoencoder x̂ = ReLU(W Wᵀ x) on the n one-hot inputs, as mathematics.

Row W_i is the encoding of feature i, column k is neuron k. Every function takes
W: (…, n_features, n_neurons), NumPy or torch, with any leading (seed) axes, and returns the same
kind. The loss is summed over inputs and outputs, as in arXiv 2312.03096, Section 2:

    L(W) = Σ_i ‖ReLU(W W_i) − e_i‖² + λ Σ_i ‖W_i‖₁

and its gradient flow dW/dt = −∂L/∂W is the sum of three forces:

    dW_i/dt = 4 (1 − ‖W_i‖²) W_i            feature benefit
            − 4 Σ_{j≠i} ReLU(W_i·W_j) W_j   interference
            − λ sign(W_i)                   regularisation
"""

from __future__ import annotations

from polysem._network.backend import identity_like, namespace, positive_part, transpose
from polysem._types import Encodings, Overlaps, PerNetwork, Samples, checked


@checked
def gram(W: Encodings) -> Overlaps:
    """Overlaps G_ij = W_i·W_j: (…, n, n). The diagonal holds the squared norms."""
    return W @ transpose(W)


@checked
def forward(W: Encodings, x: Samples) -> Samples:
    """Reconstruction x̂ = ReLU(W Wᵀ x) of inputs x: (…, samples, n), same shape."""
    return positive_part((x @ W) @ transpose(W))


@checked
def reconstruction_loss(W: Encodings) -> PerNetwork:
    """Σ_i ‖x̂(e_i) − e_i‖² over the n one-hot inputs: (…,), ≥ 0."""
    G = gram(W)
    error = positive_part(G) - identity_like(G)
    return (error**2).sum((-1, -2))


@checked
def loss(W: Encodings, l1: float) -> PerNetwork:
    """Total loss L(W) = reconstruction + λ Σ_i ‖W_i‖₁: (…,)."""
    xp = namespace(W)
    return reconstruction_loss(W) + l1 * xp.abs(W).sum((-1, -2))


@checked
def feature_benefit(W: Encodings) -> Encodings:
    """Force 4 (1 − ‖W_i‖²) W_i that drives every encoding to unit length: shape of W."""
    return 4 * (1 - (W**2).sum(-1)[..., None]) * W


@checked
def interference(W: Encodings) -> Encodings:
    """Force −4 Σ_{j≠i} ReLU(W_i·W_j) W_j that pushes overlapping encodings apart: shape of W.

    Negative overlaps exert none: the output ReLU hides them.
    """
    G = gram(W)
    overlap = positive_part(G) * (1 - identity_like(G))
    return -4 * (overlap @ W)


@checked
def regularisation(W: Encodings, l1: float) -> Encodings:
    """Force −λ sign(W_i), with sign(0) = 0: shape of W.

    At a zero weight the ℓ1 norm has no derivative; 0 is the element of its subdifferential
    [−λ, λ] that autograd picks too. What the flow does there is `velocity`.
    """
    return -l1 * namespace(W).sign(W)


@checked
def smooth_force(W: Encodings) -> Encodings:
    """Feature benefit plus interference, −∇ of the reconstruction loss: shape of W.

    One product less than the two apart: 4 (I − ReLU(G)) W.
    """
    G = gram(W)
    return 4 * ((identity_like(G) - positive_part(G)) @ W)


@checked
def gradient(W: Encodings, l1: float) -> Encodings:
    """∂L/∂W = 4 (ReLU(G) − I) W + λ sign(W), the subgradient with sign(0) = 0: shape of W."""
    return -(smooth_force(W) + regularisation(W, l1))


@checked
def velocity(W: Encodings, l1: float) -> Encodings:
    """dW/dt of the exact flow: minus the subgradient of least norm, shape of W.

    A zero weight is held while |smooth force| ≤ λ; beyond that it leaves zero in the direction of
    the force, at the rate by which the force exceeds λ.
    """
    xp = namespace(W)
    force = smooth_force(W)
    excess = positive_part(xp.abs(force) - l1)
    return xp.where(W == 0, xp.sign(force) * excess, force + regularisation(W, l1))
