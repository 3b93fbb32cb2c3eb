"""Neurons that serve one feature by their weights, made to respond to one as well.

Their retraining has a further cost: by how much their activations tell other features apart. Kept
is what costs nothing against the sham, as ever; the others stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from polysem._diagnose.labels_tier import THRESHOLD
from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.network import Parameters, represented, stacked
from polysem._diagnose.origin.penalised import PRICE, Penalised
from polysem._diagnose.origin.recorded import one_of
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._repair.arm import Arm, measured, trained
from polysem._repair.counted import Counted
from polysem._repair.joint import Effort
from polysem._repair.layer import Layer
from polysem._repair.site_network import SiteNetwork

TINY = 0.05
PROGRESS = 0.02  # share of the excess over the threshold that a round must take away


def purified(
    counted: Counted, network: SiteNetwork, activity: Activity, layer: Layer, effort: Effort
) -> Layer:
    """The layer with as many neurons made to respond to one feature as cost nothing."""
    before, sham, repaired = (
        len(activity.shared(_whole(network, arm)))
        for arm in (layer.before, layer.sham, layer.repaired)
    )
    mask = layer.repaired.mask
    if mask is None or effort.horizon is None:
        return replace(layer, active=(before, sham, repaired))
    effort = replace(effort, horizon=patient(effort.horizon))
    assert effort.horizon is not None
    mask = held_strictly(network, layer.repaired.parameters, mask)
    state, control = replace(layer.repaired, mask=mask), layer.sham
    most = network.n_neurons
    made = False
    for _ in range(effort.rounds):
        work = work_of(counted, effort.horizon)
        if effort.left(counted) < 2 * work + 2:
            break
        found = _round(counted, network, activity, state, control, most, effort)
        if found is None:
            break
        state, control, size = found
        most, made = 2 * size, True
    if not made:
        return replace(layer, active=(before, sham, repaired), steps=counted.steps)
    counts = tuple(len(activity.shared(_whole(network, arm))) for arm in (control, state))
    active = (before, counts[0], counts[1])
    steps = counted.steps
    return replace(layer, repaired=state, sham=control, active=active, steps=steps)


def patient(horizon: Horizon) -> Horizon:
    """Twice the steps of half the rate: made pure in a hurry, neurons take the loss along."""
    return horizon.model_copy(update={"steps": 2 * horizon.steps, "rate": horizon.rate / 2})


def held_strictly(network: SiteNetwork, parameters: Parameters, mask: torch.Tensor) -> torch.Tensor:
    """The mask with neurons that represent one feature, moved or not, held to that feature: in
    retraining they would else take up what others have to give up."""
    held = represented(network, parameters)
    single = held.sum(0) == 1
    return torch.where(single[None], held.to(mask), mask)


def _round(
    counted: Counted,
    network: SiteNetwork,
    activity: Activity,
    state: Arm,
    control: Arm,
    most: int,
    effort: Effort,
) -> tuple[Arm, Arm, int] | None:
    """(repaired, sham, how many were tried) after one horizon more; None if nothing is to be had.

    `most` at once if that costs nothing, else half as many, those that lack least first.
    """
    assert effort.horizon is not None
    assert state.mask is not None
    shared = activity.shared(_whole(network, state))
    single = (state.mask.sum(0) == 1).tolist()
    order = sorted((k for k in shared if single[k]), key=lambda k: shared[k])
    if not order:
        return None
    sham = trained(counted, control, effort.horizon, effort.seed)
    work, size = work_of(counted, effort.horizon), min(most, len(order))
    while size >= 1 and effort.left(counted) >= work + 1:
        waiting = set(order[size:])
        chosen = [k for k, one in enumerate(single) if one and k not in waiting]
        held = state.mask[None]
        (arm,) = retrained_pure(counted, network, activity, state, held, [chosen], effort)
        left = _excess(activity.shared(_whole(network, arm)))
        gap = arm.above(sham, counted.worth)
        less = left <= (1 - PROGRESS) * _excess(shared)
        if less and gap <= effort.spend and arm.count <= state.count:
            return arm, sham, size
        size //= 2
    return None


def _excess(shared: dict[int, float]) -> float:
    """By how much the second features exceed the threshold, and one for each: a sum that falls as
    neurons come nearer to it and as they pass it."""
    return sum(second - (2 * THRESHOLD - 1) + TINY for second in shared.values())


def retrained_pure(
    counted: Counted,
    network: SiteNetwork,
    activity: Activity,
    state: Arm,
    mask: torch.Tensor,
    chosen: list[list[int]],
    effort: Effort,
    price: float = PRICE,
) -> list[Arm]:
    """Copies of `state` after the horizon with the impurity of neurons of their own in their loss.

    `mask` (copies, features, neurons); `chosen` — neurons of each copy, each held to what the mask
    leaves it. Copies may differ in how many they have: the first is then named again.
    """
    assert effort.horizon is not None
    most = max(map(len, chosen))
    neurons = torch.tensor([one + one[:1] * (most - len(one)) for one in chosen])
    keep = mask.argmax(1).cpu().gather(1, neurons)
    pure = Penalised(network, activity, neurons, keep, price)
    start = stacked(state.parameters, len(chosen))
    after = retrain(pure, start, mask, effort.horizon, effort.seed)  # pyright: ignore[reportArgumentType]
    counted.steps += work_of(counted, effort.horizon) * len(chosen)
    arms = (one_of(after, c) for c in range(len(chosen)))
    return [measured(counted, one, mask[c]) for c, one in enumerate(arms)]


def work_of(counted: Counted, horizon: Horizon) -> float:
    """Steps of a training: the layer is run twice, once for its loss and once to be looked at."""
    return 2.0 * horizon.steps * counted.batches_per_step


def _whole(network: SiteNetwork, arm: Arm) -> Parameters:
    """All parameters of the model, those that are not trained too."""
    own = {name: p.detach() for name, p in network.model.named_parameters()}
    return own | arm.parameters
