"""The network of both sides of a layer, given as arrays."""

from __future__ import annotations

import numpy as np
import torch

from polysem._diagnose.final_state.whole import implied_of, is_asked
from polysem._diagnose.inputs.layer import Sides
from polysem._diagnose.origin.enumerated import (
    UNTIED_BESIDE,
    UNTIED_WIRES,
    EnumeratedNetwork,
    untied,
)
from polysem._diagnose.origin.network import Parameters, mean_losses, stacked


def network_of_sides(sides: Sides) -> EnumeratedNetwork:
    """x̂ = ReLU(φ(E x + b) D + c), with φ ReLU or nothing: whichever gives the features back.

    A neuron's in- and out-weights are brought to equal norms, which changes no output. With nothing
    to ask it (`is_asked`) it is not looked at which of the two it is.
    """
    weights = _evened(sides)
    one_hot = torch.eye(len(sides.into))
    both = [
        EnumeratedNetwork(
            weights,
            untied(phi),
            UNTIED_WIRES,
            one_hot,
            one_hot,
            torch.ones(len(one_hot)),
            beside=UNTIED_BESIDE,
            linear=phi == "none",
        )
        for phi in ("relu", "none")
    ]
    return min(both, key=_implied_loss) if is_asked(both[0]) else both[0]


def _evened(sides: Sides) -> Parameters:
    into, out = (np.linalg.norm(side, axis=0) for side in (sides.into, sides.outgoing.T))
    used = (into > 0) & (out > 0)
    even = np.sqrt(np.where(used, out, 1) / np.where(used, into, 1))
    named = {
        "encoder": sides.into * even,
        "decoder": sides.outgoing / even[:, None],
        "bias": sides.bias * even,
        "out_bias": sides.outgoing_bias,
    }
    return {n: torch.tensor(values, dtype=torch.float32) for n, values in named.items()}


def _implied_loss(network: EnumeratedNetwork) -> float:
    return float(mean_losses(implied_of(network), stacked(network.weights, 1))[0])
