"""Does a repair survive further training? Both arms are trained on without a mask."""

from __future__ import annotations

from dataclasses import replace

import torch

from polysem._diagnose.origin.network import Rewirable, stacked
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._repair.arm import Arm, measured
from polysem._repair.layer import Layer
from polysem._repair.options import RepairOptions

SHARE = 0.2
"""Of a training whose cost is known, the most that is trained on."""


def further_of(settings: RepairOptions, cost: float | None) -> Horizon | None:
    """How long is trained on: `further` steps, at most `SHARE` of the training's; None: not."""
    steps = settings.further if cost is None else min(settings.further, int(SHARE * cost))
    return Horizon(steps=steps, rate=settings.rate) if steps > 0 else None


def surviving(network: Rewirable, layer: Layer, horizon: Horizon | None, seed: int) -> Layer:
    """The layer with sham and repaired network trained on, both from the same nudge.

    A zero is a fixed point of a tied network, so the retraining's jitter is what lets features come
    back. What training gives is kept, better or worse; a number that is not finite is shown as it
    is. This is a measurement: it is not counted in what the repair cost.
    """
    if horizon is None or not layer.moved:
        return layer
    seed += 1  # other noise and another order of batches than in the repair
    arms = [_on(network, arm, horizon, seed) for arm in (layer.sham, layer.repaired)]
    return replace(layer, further=(arms[0], arms[1]), further_steps=horizon.steps)


def _on(network: Rewirable, arm: Arm, horizon: Horizon, seed: int) -> Arm:
    after = retrain(network, stacked(arm.parameters, 1), None, horizon, seed)
    one = {name: values[0] for name, values in after.items()}
    with torch.no_grad():
        return measured(network, one, None)
