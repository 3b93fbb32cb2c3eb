"""One arm of the comparison: weights that are retrained, and kept only if that made them better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, sharing, stacked
from polysem._diagnose.origin.retrain import Horizon, retrain


@dataclass(frozen=True)
class Arm:
    """A setting of the weights. `mask` — None for the sham. `losses` — on each part of the
    evaluation data. `count` — polysemantic neurons plus features without a neuron."""

    parameters: Parameters
    mask: torch.Tensor | None
    losses: torch.Tensor
    count: int

    @property
    def loss(self) -> float:
        """Mean over the evaluation data."""
        return float(self.losses.mean())

    def above(self, sham: Arm, worth: float) -> float:
        """Mean loss minus the sham's, in units of one feature's worth."""
        return float((self.losses - sham.losses).double().mean()) / worth


def unmasked(network: Rewirable, arm: Arm) -> Arm:
    """The arm with a mask that masks nothing yet."""
    clean = torch.ones(network.n_features, network.n_neurons).to(arm.losses.device)
    return replace(arm, mask=clean)


def measured(network: Rewirable, parameters: Parameters, mask: torch.Tensor | None) -> Arm:
    """The arm as it is, without training."""
    one = stacked(parameters, 1)
    with torch.no_grad():
        return Arm(parameters, mask, network.losses(one)[0], int(sharing(network, one)[0]))


def trained(network: Rewirable, arm: Arm, horizon: Horizon | None, seed: int) -> Arm:
    """The arm after the horizon, or as it was if that did not lower its loss.

    Both arms follow this rule, so neither is judged by weights worse than what it began with. Where
    the horizon is None nothing is trained.
    """
    if horizon is None:
        return arm
    mask = None if arm.mask is None else arm.mask[None]
    after = retrain(network, stacked(arm.parameters, 1), mask, horizon, seed)
    end = measured(network, {name: values[0] for name, values in after.items()}, arm.mask)
    worse = not bool(torch.isfinite(end.losses).all()) or end.loss >= arm.loss
    return arm if worse else end
