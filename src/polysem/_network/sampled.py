"""Any loss of the tied network on any weighted inputs, noise included; closed-form gradient.

    L = Σ_s ω_s Σ_j I_j (σ(P_sj) − X_sj)² + penalty,    P = H Wᵀ,  H = X W + ξ

With D = ∂L/∂P the encoder contributes Xᵀ D W and the decoder Dᵀ H. Without noise P = X G, so that
the gradient is (M + Mᵀ) W with M = Xᵀ D, a function of G alone.
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
    if problem.negative_overlap is not None:  # one-hot inputs only: P is indexed like G
        cost = cost + problem.constant("cost_below", P, X.shape[-1]) * _below(problem, P) ** 2
    return cost.sum((-1, -2))


def output_slope(problem: Problem, P: Array, X: Array, weights: Array) -> Any:
    """D, the derivative of `output_cost` by P: (…, samples, n)."""
    importance = problem.constant("importances", P, X.shape[-1])
    sigma = problem.activation
    D = 2 * weights[..., None] * importance * (sigma.value(P) - X) * sigma.slope(P)
    if problem.negative_overlap is not None:
        D = D + 2 * problem.constant("cost_below", P, X.shape[-1]) * _below(problem, P)
    return D


def _below(problem: Problem, P: Array) -> Any:
    return namespace(P).clip(P + problem.activation.kink.shift, max=0)


def sampled_loss(problem: Problem, W: Array, X: Array, weights: Array, xi: Array = 0) -> Any:
    """L: (…,), for W (…, n, m), X (…, samples, n), weights (samples,), ξ (…, samples or 1, m)."""
    codes = X @ W
    P = (codes + xi) @ transpose(W)
    return output_cost(problem, P, X, weights) + penalty_cost(problem, W, codes, weights)


def sampled_gradient(problem: Problem, W: Array, X: Array, weights: Array, xi: Array = 0) -> Any:
    """∂L/∂W: shape of W."""
    codes = X @ W
    H = codes + xi
    D = output_slope(problem, H @ transpose(W), X, weights)
    through = transpose(X) @ (D @ W) + transpose(D) @ H
    return through + penalty_slope(problem, W, X, codes, weights)


def penalty_cost(problem: Problem, W: Array, codes: Array, weights: Array) -> Any:
    """The penalty, on the weights or on the codes X W: (…,)."""
    penalty = problem.penalty
    if penalty.on == "weights":
        return penalty.value(W, problem.constant("base_strengths", W))
    return penalty.value(codes, problem.l1, weights)


def penalty_slope(problem: Problem, W: Array, X: Array, codes: Array, weights: Array) -> Any:
    """The derivative of `penalty_cost` by W: shape of W."""
    penalty = problem.penalty
    if penalty.on == "weights":
        return penalty.slope(W, problem.constant("base_strengths", W))
    return transpose(X) @ penalty.slope(codes, problem.l1, weights)


def coupling_of_data(problem: Problem, G: Array, X: Array, weights: Array) -> Any:
    """C = −(M + Mᵀ)/4 with M = Xᵀ D: (…, n, n), so that the force without penalty is 4 C W."""
    M = transpose(X) @ output_slope(problem, X @ G, X, weights)
    return -(M + transpose(M)) / 4
