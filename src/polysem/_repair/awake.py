"""Neurons that fell silent start again, with what the whole layer read for their feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.network import Parameters
from polysem._repair.arm import Arm
from polysem._repair.site_network import SiteNetwork


def awakened(
    network: SiteNetwork,
    activity: Activity,
    arm: Arm,
    start: Parameters,
    keep: torch.Tensor,
    chance: torch.Generator,
) -> Arm:
    """The arm, its silent neurons reading the sum of what the neurons of `start` read, each times
    what it wrote to the feature to `keep` (neurons,), and writing nothing yet.

    No two the same: each part of the sum is scaled by a number from 0 to 2.
    """
    silent = np.flatnonzero(activity.pairs(arm.parameters).sums.spread == 0)
    if not len(silent):
        return arm
    (wire,) = network.wires
    written = wire.view(start)[keep[silent]]
    written = written * 2 * torch.rand(written.shape, generator=chance).to(written)
    parameters = {name: values.clone() for name, values in arm.parameters.items()}
    wire.view(parameters)[:, silent] = 0
    before, now = _read(network, start), _read(network, parameters)
    read = written @ torch.cat(before, 1)
    read = read * torch.cat(before, 1).norm(dim=1).mean() / read.norm(dim=1, keepdim=True)
    for here, part in zip(now, read.split([own.shape[1] for own in before], 1), strict=True):
        here[silent] = part
    return replace(arm, parameters=parameters)


def _read(network: SiteNetwork, parameters: Parameters) -> list[torch.Tensor]:
    """What leads into the neurons, (neurons, numbers) each, sharing memory with the parameters."""
    whole = (parameters[one.name].movedim(one.axis, 0) for one in network.beside)
    return [values.view(len(values), -1) for values in whole]
