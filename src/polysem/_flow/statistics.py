"""What can be recorded over time, by name. One state in, small arrays out.

Each statistic maps a state W: (n_features, n_neurons) to a value per feature, (n_features,), or
to a number. A new one is one function and one name in `STATISTICS`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polysem._network import Problem, gram
from polysem._types import Weights


def l1_norm(W: Weights) -> np.ndarray:
    """‖W_i‖₁ of every encoding."""
    return np.abs(W).sum(-1)


def m_prime(W: Weights) -> np.ndarray:
    """m', the number of nonzero weights of every encoding (paper, Section 3)."""
    return np.count_nonzero(W, axis=-1)


def norm(W: Weights) -> np.ndarray:
    """‖W_i‖₂ of every encoding."""
    return np.sqrt((W**2).sum(-1))


def fourth_norm(W: Weights) -> np.ndarray:
    """Σ_k W_ik⁴ of every encoding: 3/m for a random start, 1 for one neuron (Section 4)."""
    return (W**4).sum(-1)


def relative_variance(W: Weights) -> np.ndarray:
    """Var/mean² of the surviving |weights| of every encoding; π/2 − 1 for a half normal.

    NaN for a dead feature.
    """
    size = np.abs(W)
    total, alive = size.sum(-1), np.count_nonzero(W, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return alive * (size**2).sum(-1) / total**2 - 1


def loss(W: Weights, problem: Problem) -> np.ndarray:
    """Reconstruction loss of the whole network (without the penalty)."""
    return np.asarray(problem.reconstruction_loss(W))


def max_overlap(W: Weights) -> np.ndarray:
    """Largest W_i·W_j over i ≠ j, not below 0: 0 once no pair interferes."""
    G = gram(W)
    np.fill_diagonal(G, 0)
    return np.asarray(G.max(initial=0))


Statistic = Callable[[Weights, Problem], np.ndarray]
WEIGHTS_AT_ONCE = 2**18  # that a statistic looks at, so that it makes no copy of a large state


def _of_each_feature(function: Callable[[Weights], np.ndarray]) -> Statistic:
    """A statistic of the encodings one by one, some at a time."""

    def measured(W: Weights, _: Problem) -> np.ndarray:
        height = max(1, WEIGHTS_AT_ONCE // W.shape[-1])
        return np.concatenate([function(W[i : i + height]) for i in range(0, len(W), height)])

    return measured


EACH_FEATURE = (l1_norm, m_prime, norm, fourth_norm, relative_variance)
STATISTICS: dict[str, Statistic] = {
    **{function.__name__: _of_each_feature(function) for function in EACH_FEATURE},
    "loss": loss,
    "max_overlap": lambda W, _: max_overlap(W),
}
PAIR_FORCES = "pair_forces"
WEIGHTS = "weights"
RECORDABLE = (*STATISTICS, PAIR_FORCES, WEIGHTS)
