"""Any loss of the tied network on any weighted inputs, noise included; closed-form gradient.

    L = Σ_s ω_s Σ_j I_j (σ(P_sj) − X_sj)² + penalty,    P = H Wᵀ,  H = b ∘ h(X W) + ξ

ξ is noise that adds, b noise that multiplies (dropout); the penalty sees h(X W) itself. With
D = ∂L/∂P the encoder contributes Xᵀ h'ᵀ (b ∘ D W) and the decoder Dᵀ H. Without noise and hidden
activation P = X G, so that the gradient is (M + Mᵀ) W with M = Xᵀ D, a function of G alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polysem._network.backend import namespace, transpose
from polysem._types import Array

if TYPE_CHECKING:
    from polysem._network.problem import Problem


def output_cost(problem: Problem, P: Array, X: Array, weights: Array) -> Any:
    """Σ_s ω_s Σ_j I_j (σ(P_sj) − X_sj)², and the cost of negative overlaps if there is one: (…,).

    P, X: (…, samples, n), before the activation and wanted after it. weights: (samples,).
    """
    importance = problem.constant("importances", P, X.shape[-1])
    cost = weights[..., None] * importance * (problem.activation.value(P) - X) ** 2
    if problem.negative_overlap is not None:
        cost = cost + _cost_below(problem, X, weights) * _below(problem, P) ** 2
    return cost.sum((-1, -2))


def output_slope(problem: Problem, P: Array, X: Array, weights: Array) -> Any:
    """D, the derivative of `output_cost` by P: (…, samples, n)."""
    importance = problem.constant("importances", P, X.shape[-1])
    sigma = problem.activation
    D = 2 * weights[..., None] * importance * (sigma.value(P) - X) * sigma.slope(P)
    if problem.negative_overlap is not None:
        D = D + 2 * _cost_below(problem, X, weights) * _below(problem, P)
    return D


def _cost_below(problem: Problem, X: Array, weights: Array) -> Any:
    """ω_s κ_ij for the feature i of the one-hot input s: (…, samples, n)."""
    return weights[..., None] * (X @ problem.constant("cost_below", X, X.shape[-1]))


def _below(problem: Problem, P: Array) -> Any:
    return namespace(P).clip(P + problem.activation.kink.shift, max=0)


def sampled_loss(
    problem: Problem, W: Array, X: Array, weights: Array, xi: Array = 0, b: Array = 1
) -> Any:
    """L: (…,); W (…, n, m), X (…, samples, n), weights (samples,), ξ and b (…, samples or 1, m)."""
    reconstruction, codes = sampled_reconstruction(problem, W, X, weights, xi, b)
    if problem.penalty.on == "weights":
        return reconstruction + problem.penalty.value(W, problem.constant("base_strengths", W))
    return reconstruction + problem.penalty.value(codes, problem.code_strengths(X), weights)


def sampled_reconstruction(
    problem: Problem, W: Array, X: Array, weights: Array, xi: Array = 0, b: Array = 1
) -> tuple[Any, Any]:
    """L without the penalty, (…,), and the codes h(X W), (…, samples, m)."""
    X = _for_each(X, W)
    codes = problem.hidden.value(X @ W)
    return output_cost(problem, (b * codes + xi) @ transpose(W), X, weights), codes


def sampled_gradient(
    problem: Problem, W: Array, X: Array, weights: Array, xi: Array = 0, b: Array = 1
) -> Any:
    """∂L/∂W: shape of W."""
    X, penalty = _for_each(X, W), problem.penalty
    Z = X @ W
    codes = problem.hidden.value(Z)
    H = b * codes + xi
    D = output_slope(problem, H @ transpose(W), X, weights)
    by_code = b * (D @ W)
    if penalty.on == "activations":
        by_code = by_code + penalty.slope(codes, problem.code_strengths(X), weights)
    total = transpose(X) @ problem.hidden.pull(Z, by_code) + transpose(D) @ H
    if penalty.on == "weights":
        total = total + penalty.slope(W, problem.constant("base_strengths", W))
    return total


def coupling_of_data(problem: Problem, G: Array, X: Array, weights: Array) -> Any:
    """C = −(M + Mᵀ)/4 with M = Xᵀ D: (…, n, n), so that the force without penalty is 4 C W."""
    X = _for_each(X, G)
    M = transpose(X) @ output_slope(problem, X @ G, X, weights)
    return -(M + transpose(M)) / 4


def _for_each(X: Array, W: Array) -> Any:
    """X once for each network of W: one product per network, so that none depends on others."""
    if X.ndim == W.ndim:
        return X
    return namespace(X).broadcast_to(X, (*W.shape[:-2], *X.shape))
