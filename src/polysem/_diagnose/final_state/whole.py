"""A whole network without its data and its loss: what its features do to its outputs, one by one.

Each input alone is switched on, and the outputs should be that feature again. Where the network
gives back inputs of either sign, they are asked with both: as |x| or as x, whichever is nearer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from polysem._diagnose.final_state.implied import HOMES, Costs, cheapest_other
from polysem._diagnose.origin.enumerated import EnumeratedNetwork, Forward
from polysem._diagnose.origin.moves import best_moves
from polysem._diagnose.origin.network import (
    Parameters,
    mean_losses,
    represented,
    stacked,
    strengths,
)

KNOWN = 0.5
"""Inputs of negative sign belong to the task if half of them lose less than this of their worth."""
EVERY = 10_000  # moves of a neuron: all there are
TRIALS = 2_000  # settings of the weights that are tried for a neuron, about
MOST = 5 * 10**11
"""Multiplications of a layer beyond which its moves take minutes, and its encodings must do."""
TOO_LARGE = (
    "The layer is too large for moves on its own network, so the final-state score reads its "
    "encodings alone."
)


def implied_of(network: EnumeratedNetwork) -> EnumeratedNetwork:
    """The same network with the task that its outputs imply; its own data are not looked at.

    Outputs are scaled so that the features' own have the median 1; one feature is worth 1.
    """
    p = stacked(network.weights, 1)
    one_hot = torch.eye(network.n_features)
    with torch.no_grad():
        plus, minus = (network.forward(p, sign * one_hot)[0] for sign in (1, -1))
    own = plus.diagonal()
    scale = float(own[own > 0].median()) if bool((own > 0).any()) else 1.0
    inputs, targets = one_hot, one_hot
    for back in (one_hot, -one_hot):
        if float((minus / scale - back).square().sum(-1).median()) < KNOWN:
            inputs, targets = torch.cat([one_hot, -one_hot]), torch.cat([one_hot, back])
            break
    return replace(
        network,
        forward=_divided(network.forward, scale),
        inputs=inputs,
        targets=targets,
        counts=torch.full((len(inputs),), network.n_features / len(inputs)),
        l1=0.0,
    )


def _divided(forward: Forward, scale: float) -> Forward:
    def divided(parameters: Parameters, x: torch.Tensor) -> torch.Tensor:
        return forward(parameters, x) / scale

    return divided


class WholeNetwork:
    """Static moves, as the live test makes them, on a network with the task that it implies."""

    def __init__(self, network: EnumeratedNetwork) -> None:
        self.network = implied_of(network)
        p = stacked(network.weights, 1)
        self.loss = float(mean_losses(self.network, p)[0])
        with torch.no_grad():
            said = self.network.forward(p, self.network.inputs[: network.n_features])[0]
        self.outputs = said.numpy().astype(np.float64)
        self.homes = strengths(network, network.weights).amax(0).argsort(stable=True)[:HOMES]
        self.emptied = self._emptied()

    def costs(self, neuron: int, features: np.ndarray) -> Costs:
        """Of masks, of all static moves, and of emptying the cheapest other neuron."""
        moves = best_moves(self.network, neuron, features.tolist(), EVERY)
        mask = min(move.loss for move in moves if move.kind == "mask")
        evict = cheapest_other(self.emptied, self.homes.numpy(), neuron)
        return Costs(mask - self.loss, moves[0].loss - self.loss, evict)

    def _emptied(self) -> np.ndarray:
        """Change of the loss if all wires of a home were 0: (homes,)."""
        losses = []
        for home in self.homes:
            one = stacked(self.network.weights, 1)
            for wire in self.network.wires:
                wire.view(one)[..., home] = 0
            losses.append(float(mean_losses(self.network, one)[0]))
        return np.array(losses) - self.loss


def work_of(network: EnumeratedNetwork) -> int:
    """Multiplications of all moves of its polysemantic neurons, about; 0 without any."""
    shared = int((represented(network, network.weights).sum(0) >= 2).sum())
    numbers = sum(values.numel() for values in network.weights.values())
    return shared * TRIALS * network.n_features * numbers


def is_asked(network: EnumeratedNetwork) -> bool:
    """True if it has moves, and they are within reach: at most `MOST` multiplications."""
    return 0 < work_of(network) <= MOST


@dataclass(frozen=True)
class Known:
    """A network that is known whole, if there are moves to make and they are within reach.

    `notes` — a sentence where they are not within reach.
    """

    network: EnumeratedNetwork

    @cached_property
    def implied(self) -> WholeNetwork | None:
        """With the task that it implies; None where it `is_asked` nothing."""
        return WholeNetwork(self.network) if is_asked(self.network) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of it."""
        return (TOO_LARGE,) if work_of(self.network) > MOST else ()
