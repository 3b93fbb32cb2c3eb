"""Split neurons in two: the network gets wider and does exactly what it did.

A neuron becomes as many copies as it represents features. Out-weights are divided between the
copies, in-weights are copied, so that the copies together do what the one did, whatever the
non-linearity. Where the features are inputs, in-weights are divided and out-weights copied; that
preserves the function only if the features do not meet, which is checked on the data.
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from polysem._diagnose.origin.linears import linear_called
from polysem._diagnose.origin.network import Parameters, Rewirable, masked_, stacked
from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.origin.retrain import Horizon
from polysem._repair.arm import Arm, measured, trained
from polysem._repair.counted import Counted
from polysem._repair.layer import Layer, still
from polysem._repair.relocation import Relocation, copy_neuron


def splits(held: dict[int, list[int]], n_neurons: int) -> list[Relocation]:
    """The strongest feature stays; every other gets a new neuron, numbered from `n_neurons` on."""
    found, new = [], n_neurons
    for neuron, features in held.items():
        homes = tuple((f, new + place) for place, f in enumerate(features[1:]))
        new += len(homes)
        found.append(Relocation(neuron, features[0], homes, (), 0.0))
    return found


def widened(model: nn.Module, encoder: str, decoder: str, more: int) -> nn.Module:
    """A copy of the model with `more` neurons of zeros in the layer between the two."""
    model = copy.deepcopy(model)
    first, second = linear_called(model, encoder), linear_called(model, decoder)
    with torch.no_grad():
        first.weight = _longer(first.weight, more, 0)
        if first.bias is not None:
            first.bias = _longer(first.bias, more, 0)
        second.weight = _longer(second.weight, more, 1)
    first.out_features += more
    second.in_features += more
    return model


def _longer(values: torch.Tensor, more: int, axis: int) -> nn.Parameter:
    shape = list(values.shape)
    shape[axis] = more
    return nn.Parameter(torch.cat([values.detach(), values.new_zeros(shape)], axis))


def divided(
    network: Rewirable, start: Parameters, made: list[Relocation]
) -> tuple[Parameters, torch.Tensor]:
    """Weights of the wider `network`, split, and the mask that keeps them apart.

    Features that the neuron does not represent stay on it, so that nothing is lost.
    """
    parameters = {name: values.clone() for name, values in start.items()}
    mask = torch.ones(network.n_features, network.n_neurons)
    for one in made:
        for feature, home in one.homes:
            copy_neuron(network, start, parameters, one.neuron, home)
            mask[:, home] = 0
            mask[feature, home], mask[feature, one.neuron] = 1, 0
    masked_(network, parameters, mask)
    return parameters, mask


def split_layer(
    before: Arm,
    held: dict[int, list[int]],
    wider: Counted,
    made: list[Relocation],
    preserved: float,
    horizon: Horizon | None,
    seed: int,
) -> Layer:
    """Retrain the split network under its mask, and a sham of the same width without one."""
    start = wider.parameters()
    sham = trained(wider, measured(wider, divided(wider, start, made)[0], None), horizon, seed)
    repaired = trained(wider, measured(wider, *divided(wider, start, made)), horizon, seed)
    after = occupants(wider, repaired.parameters)
    return Layer(
        before,
        sham,
        repaired,
        tuple(row for one in made for row in one.rows("split")),
        (len(held), len(after)),
        still(after, {}, "features that it did not represent are on it after the split"),
        wider.steps,
        0 if horizon is None else horizon.steps,
        preserved,
    )


def same_loss(network: Rewirable, one: Parameters, before: torch.Tensor) -> float:
    """Largest change of the loss on any part of the data."""
    with torch.no_grad():
        return float((network.losses(stacked(one, 1))[0] - before).abs().max())
