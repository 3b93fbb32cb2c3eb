"""Where features that leave a neuron may go, and what emptying such a home costs."""

from __future__ import annotations

import torch

from polysem._diagnose.origin.network import (
    DEAD,
    Parameters,
    Rewirable,
    represented,
    strengths,
)
from polysem._repair.static import loss_of_each

NOTHING = 1e-6  # of one feature's worth
MOST = 512  # homes that are priced, those with the weakest wires first


def homes(
    network: Rewirable, start: Parameters, before: float, wanted: int
) -> list[tuple[int, float]]:
    """(neuron, cost of emptying it), cheapest first, at most `wanted` or `MOST`.

    Neurons that represent no feature, and those whose only feature another neuron of its own
    represents too. `before` — the loss at `start`. Costs in units of one feature's worth.
    """
    held, size = represented(network, start), strengths(network, start)
    strongest = size.amax(0)
    open_ = ~held.any(0) | _spare(held, size)
    order = [int(d) for d in strongest.argsort(stable=True) if open_[d]]
    order = order[: min(max(wanted, 1), MOST)]
    dead = strongest <= DEAD * strongest.max()
    free = [d for d in order if dead[d] and not network.beside]  # they are empty
    rest = [d for d in order if d not in free]
    losses = loss_of_each(network, (_emptied(network, start, d) for d in rest))
    priced = [(d, 0.0) for d in free]
    priced += [(d, (x - before) / network.worth) for d, x in zip(rest, losses, strict=True)]
    return sorted(priced, key=lambda home: home[1])


def silent(network: Rewirable, start: Parameters, neurons: list[int], before: float) -> set[int]:
    """Those of `neurons` that do nothing: emptied, the loss stays what it was, to 1e-6 of a worth.

    A ReLU that is never on is one. It has weights, which represent features by their size, and is
    as good a home as an empty neuron.
    """
    losses = loss_of_each(network, (_emptied(network, start, k) for k in neurons))
    return {
        k
        for k, x in zip(neurons, losses, strict=True)
        if abs(x - before) <= NOTHING * network.worth
    }


def _spare(held: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """Monosemantic neurons whose feature has a stronger monosemantic neuron: (neurons,)."""
    single = held.sum(0) == 1
    own = torch.where(held & single, size, torch.zeros_like(size))
    strongest = own.amax(-1, keepdim=True)
    first = own.argmax(-1, keepdim=True) == torch.arange(own.shape[-1])
    return ((own > 0) & ~(first & (own == strongest))).any(0)


def _emptied(network: Rewirable, start: Parameters, neuron: int) -> Parameters:
    parameters = {name: values.clone() for name, values in start.items()}
    for wire in network.wires:
        wire.view(parameters)[:, neuron] = 0
    for other in network.beside:
        parameters[other.name].select(other.axis, neuron).zero_()
    return parameters
