"""All neurons of a layer held to one feature each, at once.

Made pure one after the other, neurons go where they lean, and the last are held by what no other
neuron does. So each is given a feature such that all features have as many (`allotted`), and the
layer is trained on until it settles. A neuron that falls silent on the way starts again and reads
what the whole layer read for its feature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from polysem._diagnose.origin.penalised import PRICE
from polysem._diagnose.origin.retrain import Horizon
from polysem._repair.allot import allotted
from polysem._repair.arm import Arm
from polysem._repair.awake import awakened
from polysem._repair.held import Held
from polysem._repair.settle import SETTLED, better

TURNS = 10  # at most
FIRM = 4 * PRICE  # where all are to be pure, none may stop just short of it


def long(horizon: Horizon) -> Horizon:
    """Ten times the steps: whatever a neuron read before, it is to read one feature."""
    return horizon.model_copy(update={"steps": 10 * horizon.steps})


def together(held: Held, state: Arm, control: Arm) -> tuple[Arm, Arm] | None:
    """(repaired, sham); None if that costs more than may be spent or leaves no fewer neurons."""
    few = held.network.n_neurons < held.network.n_features
    if few or not held.left(state.parameters):
        return None
    liking = held.activity.pairs(state.parameters).sums.signed
    keep = torch.tensor(allotted(np.nan_to_num(liking)))
    assert state.mask is not None
    mask = torch.nn.functional.one_hot(keep, held.network.n_features).mT.to(state.mask)
    best = (state, control)
    for arm, sham in _turns(held, replace(state, mask=mask), control, keep):
        if better(held, arm, sham, *best):
            best = arm, sham
    return None if best[0] is state else best


def _turns(held: Held, start: Arm, control: Arm, keep: torch.Tensor) -> Iterator[tuple[Arm, Arm]]:
    """Both arms after every horizon, until that gains nothing or what may be spent is out of reach.

    `start` — with the mask of `keep` (neurons,).
    """
    assert start.mask is not None
    everyone = [list(range(len(keep)))]
    arm, sham, last, rest = start, control, float("inf"), len(keep) + 1
    for turn in range(TURNS):
        if not held.affords(2):
            return
        sham = held.sham_after(sham)
        if turn:
            chance = torch.Generator().manual_seed(held.effort.seed + turn)
            arm = awakened(held.network, held.activity, arm, start.parameters, keep, chance)
        (arm,) = held.copies(arm, start.mask[None], everyone)
        yield arm, sham
        gap, left, spend = held.gap(arm, sham), len(held.left(arm.parameters)), held.effort.spend
        gain = last - gap
        hopeless = not gap - spend <= max(gain, 0) * (TURNS - 1 - turn)
        if hopeless or not (gain > SETTLED * spend or left < rest):
            return
        last, rest = gap, left
