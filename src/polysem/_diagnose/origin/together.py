"""φ: the largest share of a layer's polysemantic neurons that can be removed together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from polysem._diagnose.origin.copies import retrained_moves
from polysem._diagnose.origin.moves import Move, best_moves
from polysem._diagnose.origin.network import (
    Parameters,
    Rewirable,
    represented,
    sharing,
    strengths,
)
from polysem._diagnose.origin.removal import Removal
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.shams import EPSILON, Shams, measure_shams

Choice = Callable[[Rewirable, list[Move]], Move]
"""Which of a neuron's static moves, least loss first, is made."""


@dataclass(frozen=True)
class Together:
    """`share` = `removed`/`polysemantic`, 0 to 1; NaN for a layer without polysemantic neurons.

    The first `removed` neurons, from the cheapest up, can all be strictly monosemantic at once:
    the loss stays within ε of the sham and the layer's count falls by as many. `cost` — of those,
    in feature-worths. Found by bisection along three sequences of moves (fewest shared neurons,
    least loss, masks alone), so it is a lower bound.
    """

    share: float
    removed: int
    polysemantic: int
    cost: float


def measure_together(
    network: Rewirable,
    removals: list[Removal],
    horizon: Horizon,
    seeds: tuple[int, ...] = (0, 1),
) -> Together:
    """φ of a layer whose neurons were measured one by one before."""
    if not removals:
        return Together(float("nan"), 0, 0, 0.0)
    order = [r.neuron for r in sorted(removals, key=lambda r: r.cost)]
    paths = [_states(network, order, choose) for choose in (_least_shared, _cheapest, _masked)]
    shams = measure_shams(network, horizon, seeds)
    good, bad, cost = 0, len(order) + 1, 0.0
    while bad - good > 1:
        middle = (good + bad) // 2
        states = [path[middle - 1] for path in paths]
        gap = _least_cost(network, states, middle, horizon, seeds, shams)
        if gap <= EPSILON:
            good, cost = middle, gap
        else:
            bad = middle
    return Together(good / len(order), good, len(order), cost)


def _least_cost(
    network: Rewirable,
    states: list[Move],
    removed: int,
    horizon: Horizon,
    seeds: tuple[int, ...],
    shams: Shams,
) -> float:
    """The least mean gap over retraining seeds of a state whose count falls by `removed`; or ∞."""
    results = [retrained_moves(network, states, horizon, seed, shams.of(seed)) for seed in seeds]
    gap, fall = (torch.stack([r[i] for r in results]).mean(0) for i in (0, 1))
    return float(torch.where(fall >= removed, gap, torch.inf).min())


def _states(network: Rewirable, order: list[int], choose: Choice) -> list[Move]:
    """Moves made one upon the other: entry j makes the first j + 1 neurons monosemantic."""
    parameters, mask = network.parameters(), torch.ones(network.n_features, network.n_neurons)
    states: list[Move] = []
    for neuron in order:
        size = strengths(network, parameters)[:, neuron]
        held = torch.nonzero(represented(network, parameters)[:, neuron]).flatten()
        held = held if len(held) else size.argmax()[None]
        features = held[size[held].argsort(descending=True, stable=True)].tolist()
        options = best_moves(network, neuron, features, 8, parameters, mask)
        move = choose(network, options)
        parameters, mask = move.parameters, move.mask
        states.append(move)
    return states


def _least_shared(network: Rewirable, options: list[Move]) -> Move:
    """Of the moves within ε of the cheapest, one that leaves the fewest polysemantic neurons."""
    limit = options[0].loss + EPSILON * network.worth
    near = [move for move in options if move.loss <= limit]
    return min(near, key=lambda move: _count(network, move.parameters))


def _cheapest(_: Rewirable, options: list[Move]) -> Move:
    return options[0]


def _masked(_: Rewirable, options: list[Move]) -> Move:
    """The cheapest that only masks, leaving it to retraining where features go."""
    return next((move for move in options if move.kind == "mask"), options[0])


def _count(network: Rewirable, parameters: Parameters) -> int:
    return int(sharing(network, parameters))
