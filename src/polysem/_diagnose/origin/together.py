"""φ: the largest share of a layer's polysemantic neurons that can be removed together."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from polysem._diagnose.origin.moves import Move, best_moves
from polysem._diagnose.origin.network import (
    Parameters,
    Rewirable,
    represented,
    sharing,
    strengths,
)
from polysem._diagnose.origin.removal import EPSILON, Removal, Sham, retrained_moves, sham
from polysem._diagnose.origin.retrain import Horizon


@dataclass(frozen=True)
class Together:
    """`share` = `removed`/`polysemantic`, 0 to 1; NaN for a layer without polysemantic neurons.

    The first `removed` neurons, from the cheapest up, can all be strictly monosemantic at once:
    the loss stays within ε of the sham and the layer's count falls by as many. `cost` — of those,
    in feature-worths. Found by bisection, so it is a lower bound where cost is not monotone.
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
    states = _states(network, [r.neuron for r in sorted(removals, key=lambda r: r.cost)])
    shams = [sham(network, horizon, seed) for seed in seeds]
    good, bad, cost = 0, len(states) + 1, 0.0
    while bad - good > 1:
        middle = (good + bad) // 2
        gap, fall = _tried(network, states[middle - 1], horizon, seeds, shams)
        if gap <= EPSILON and fall >= middle:
            good, cost = middle, gap
        else:
            bad = middle
    return Together(good / len(states), good, len(states), cost)


def _tried(
    network: Rewirable,
    state: Move,
    horizon: Horizon,
    seeds: tuple[int, ...],
    shams: list[Sham],
) -> tuple[float, float]:
    """Mean gap and mean fall of the count over retraining seeds."""
    results = [
        retrained_moves(network, [state], horizon, seed, reference)
        for seed, reference in zip(seeds, shams, strict=True)
    ]
    gap, fall = (torch.cat([r[i] for r in results]).mean() for i in (0, 1))
    return float(gap), float(fall)


def _states(network: Rewirable, order: list[int]) -> list[Move]:
    """Moves made one upon the other: entry j makes the first j + 1 neurons monosemantic."""
    parameters, mask = network.parameters(), torch.ones(network.n_features, network.n_neurons)
    states: list[Move] = []
    for neuron in order:
        size = strengths(network, parameters)[:, neuron]
        held = torch.nonzero(represented(network, parameters)[:, neuron]).flatten()
        held = held if len(held) else size.argmax()[None]
        features = held[size[held].argsort(descending=True, stable=True)].tolist()
        options = best_moves(network, neuron, features, 8, parameters, mask)
        move = _least_shared(network, options)
        parameters, mask = move.parameters, move.mask
        states.append(move)
    return states


def _least_shared(network: Rewirable, options: list[Move]) -> Move:
    """Of the moves within ε of the cheapest, one that leaves the fewest polysemantic neurons."""
    limit = options[0].loss + EPSILON * network.worth
    near = [move for move in options if move.loss <= limit]
    return min(near, key=lambda move: _count(network, move.parameters))


def _count(network: Rewirable, parameters: Parameters) -> int:
    return int(sharing(network, parameters))
