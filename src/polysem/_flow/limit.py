"""Where a certified state goes as t → ∞. Its rows have one weight each, so little is left to do."""

from __future__ import annotations

import numpy as np

from polysem._network import Problem
from polysem._network.data import OneHot
from polysem._types import Weights

STEP = 0.1  # of the iteration, in units of 1/(rate of a single weight)
SMALL = 0.02  # relative change per iteration below which a weight may take a longer step
AT_REST = 1e-10  # change of a weight per iteration that counts as none
MOST_ITERATIONS = 5_000


def take_to_limit(W: Weights, problem: Problem) -> None:
    """Move the weights of a sparse W: (n_features, n_neurons) to their limit, in place.

    Every feature has at most one nonzero weight and no force acts on the zero ones.
    """
    feature, neuron = where = np.nonzero(W)
    weights = W[where].astype(np.float64)
    if problem.is_base:
        W[where] = single_limits(weights, problem.l1)
    elif not isinstance(problem.data, OneHot):
        W[where] = _limits_under_data(weights, feature, neuron, problem, W.shape)
    else:
        W[where] = _shared_limits(weights, feature, neuron, problem, len(W))


def single_limits(weights: np.ndarray, l1: float) -> np.ndarray:
    """The limit of single weights of the base model, (k,) float64, in closed form.

    Rows of a certified state do not feel each other: each weight obeys dw/dt = 4(1−w²)w − λ, so
    it settles on the upper root of w³ − w + λ/4 = 0, or dies if it is below the lower root.
    """
    angle = np.arccos(np.clip(-3 * np.sqrt(3) / 8 * l1, -1, 1)) / 3
    upper = 2 / np.sqrt(3) * np.cos(angle)
    lower = 2 / np.sqrt(3) * np.cos(angle - 2 * np.pi / 3) if l1 > 0 else 0.0
    lives = np.abs(weights) > lower
    if l1 > 8 / (3 * np.sqrt(3)):
        lives[:] = False
    return np.where(lives, np.sign(weights) * upper, 0)


def _shared_limits(
    w: np.ndarray, feature: np.ndarray, neuron: np.ndarray, problem: Problem, n: int
) -> np.ndarray:
    """The limit of one weight per feature, where those on one neuron may feel each other."""
    pairs = _sharing(neuron)
    gain, below = problem.gain(n)[feature][:, feature], problem.cost_below(n)[feature][:, feature]
    own, shared, cost = np.diagonal(gain), gain[pairs], below[pairs]
    base, l2 = problem.base_strengths(n)[feature], problem.penalty.l2
    h, before = STEP / (8 * own + 2 * l2 + base + 1e-12), np.zeros_like(w)
    for _ in range(MOST_ITERATIONS):
        force = 4 * own * _response(w**2, 1.0, problem) * w - 2 * l2 * w
        if len(shared):
            z = w[pairs[0]] * w[pairs[1]]
            answer = 4 * (shared * _response(z, 0.0, problem) - cost * _hidden(z, problem))
            np.add.at(force, pairs[0], answer * w[pairs[1]])
        moved = w + h * force
        loss = h * base * problem.penalty.alone(np.abs(w))
        after = np.sign(moved) * np.maximum(np.abs(moved) - loss, 0)
        change = after - w
        w = after
        if np.abs(change).max(initial=0) <= AT_REST:
            break
        onward = (change * before > 0) & (np.abs(change) < SMALL * np.abs(w))
        h = h * np.where(onward, 1.1, np.where(change * before < 0, 0.5, 1.0))
        before = change
    return w


def _limits_under_data(
    w: np.ndarray,
    feature: np.ndarray,
    neuron: np.ndarray,
    problem: Problem,
    shape: tuple[int, ...],
) -> np.ndarray:
    """The limit of one weight per feature under other data than one-hot."""
    used, column = np.unique(neuron, return_inverse=True)
    W = np.zeros((shape[0], len(used)))
    W[feature, column] = w
    there, rate = W != 0, 0.0
    for _ in range(MOST_ITERATIONS):
        C = problem.coupling(W @ W.T)
        rate = max(rate, 8 * float(np.abs(C).sum(1).max()) + 8, problem.l1)
        moved = W + STEP / rate * problem.force(C, W)
        lost = STEP / rate * problem.strengths(W)[:, None]
        after = np.where(there, np.sign(moved) * np.maximum(np.abs(moved) - lost, 0), 0)
        still = np.abs(after - W).max(initial=0) <= AT_REST
        W = after
        if still:
            break
    return W[feature, column]


def _sharing(neuron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All ordered pairs of different positions with the same neuron."""
    order = np.argsort(neuron, kind="stable")
    first, second = [], []
    for group in np.split(order, np.flatnonzero(np.diff(neuron[order])) + 1):
        for i in group if len(group) > 1 else ():
            others = group[group != i]
            first.append(np.full(len(others), i))
            second.append(others)
    empty = np.zeros(0, dtype=np.intp)
    return np.concatenate([empty, *first]), np.concatenate([empty, *second])


def _response(z: np.ndarray, target: float, problem: Problem) -> np.ndarray:
    """(target − σ(z)) σ'(z)."""
    sigma = problem.activation
    return (target - sigma.value(z)) * sigma.slope(z)


def _hidden(z: np.ndarray, problem: Problem) -> np.ndarray:
    """The part of an overlap below the kink."""
    return np.minimum(z + problem.activation.kink.shift, 0)
