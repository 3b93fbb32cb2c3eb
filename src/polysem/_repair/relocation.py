"""One neuron made monosemantic: what stays, what gets a neuron of its own, what is taken off.

A home is emptied and becomes a copy of the neuron; then each of the two keeps its own feature.
Where the features are outputs the two copies together do what the one did.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, masked_


@dataclass(frozen=True)
class Relocation:
    """`neuron` keeps feature `keep`; `homes` — (feature, new neuron); `dropped` — features.

    `cost` — loss afterwards minus before, without any training, in units of one feature's worth;
    for several features that leave at once a sum of single costs.
    """

    neuron: int
    keep: int
    homes: tuple[tuple[int, int], ...]
    dropped: tuple[int, ...]
    cost: float

    def rows(self, kind: str = "relocate") -> list[dict[str, object]]:
        """What moved, as rows of a record (`polysem._repair.intervention.MOVED`)."""
        moved: list[dict[str, object]] = [
            {"neuron": self.neuron, "feature": f, "to_neuron": d, "kind": kind}
            for f, d in self.homes
        ]
        return moved + [{"neuron": self.neuron, "feature": f, "kind": "drop"} for f in self.dropped]


def relocated(
    network: Rewirable, start: Parameters, mask: torch.Tensor, made: list[Relocation]
) -> tuple[Parameters, torch.Tensor]:
    """Weights and mask with all of `made` on top of `start` and `mask`, which stay as they are."""
    parameters = {name: values.clone() for name, values in start.items()}
    mask = mask.clone()
    for one in made:
        for feature, home in one.homes:
            copy_neuron(network, start, parameters, one.neuron, home)
            only(mask, home, feature)
        only(mask, one.neuron, one.keep)
    masked_(network, parameters, mask)
    return parameters, mask


def copy_neuron(
    network: Rewirable, start: Parameters, parameters: Parameters, neuron: int, home: int
) -> None:
    """Make `home` in `parameters` what `neuron` is in `start`."""
    for wire in network.wires:
        wire.view(parameters)[:, home] = wire.view(start)[:, neuron]
    for other in network.beside:
        there = parameters[other.name].select(other.axis, home)
        there.copy_(start[other.name].select(other.axis, neuron))


def only(mask: torch.Tensor, neuron: int, feature: int) -> None:
    """Leave nothing but `feature` on `neuron`, where the mask had it."""
    kept = mask[feature, neuron].clone()
    mask[:, neuron] = 0
    mask[feature, neuron] = torch.where(kept > 0, kept, torch.ones_like(kept))
