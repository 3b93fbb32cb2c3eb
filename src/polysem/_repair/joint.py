"""All neurons at once: plan, make, retrain, compare with the sham, roll back what costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.shams import EPSILON
from polysem._repair.arm import Arm, measured, trained, unmasked
from polysem._repair.counted import FORWARD, Counted
from polysem._repair.layer import Layer, still
from polysem._repair.plan import plan
from polysem._repair.relocation import Relocation, relocated
from polysem._repair.search import Search
from polysem._repair.unpriced import unpriced

Progress = Callable[[float, float], None]
TAKEN = "no neuron is free for what it carries, and the budget was spent before it was planned"


@dataclass(frozen=True)
class Effort:
    """How much may be spent.

    `horizon` — of each retraining, None for none; its steps are cut to the budget. `budget` — in
    steps of a training (see `Counted`), None for no limit. `rounds` — plans made one upon the
    other. `seed` — of the retraining. `spend` — what the whole layer may lose against the sham, in
    feature-worths.
    """

    horizon: Horizon | None
    budget: float | None = None
    rounds: int = 10
    seed: int = 0
    spend: float = EPSILON

    def left(self, network: Counted) -> float:
        """What may still be spent."""
        return float("inf") if self.budget is None else self.budget - network.steps


@dataclass
class _State:
    """Where the two arms are now."""

    repaired: Arm
    sham: Arm
    made: list[Relocation] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)
    steps: int = 0


def repair_layer(network: Counted, effort: Effort, progress: Progress | None = None) -> Layer:
    """Make as many neurons monosemantic as cost nothing against the sham."""
    before = measured(network, network.parameters(), None)
    held = occupants(network)
    state = _State(unmasked(network, before), before)
    for number in range(effort.rounds):
        more = _round(network, effort, state)
        if progress is not None:
            progress(number + 1, effort.rounds)
        if not more:
            break
    if not state.made:  # nothing was moved: the network stays what it was, to the bit
        state.repaired = before
    after = occupants(network, state.repaired.parameters)
    return Layer(
        before,
        state.sham,
        state.repaired,
        tuple(row for one in state.made for row in one.rows()),
        (len(held), len(after)),
        still(after, state.left, "it became polysemantic in retraining"),
        network.steps,
        state.steps,
    )


def _round(network: Counted, effort: Effort, state: _State) -> bool:
    """Plan for what is still polysemantic; keep the longest beginning of it that costs nothing.

    False if there is nothing more to remove.
    """
    start, mask = state.repaired.parameters, state.repaired.mask
    assert mask is not None
    done = {r.neuron for r in state.made} | {d for r in state.made for _, d in r.homes}
    held = {k: f for k, f in occupants(network, start).items() if k not in done}
    if not held or effort.left(network) <= 0:
        return False
    if _unpriced_round(network, effort, state, held):
        return True
    order = plan(network, start, mask, held, _trials(effort, network))
    search = Search(network, order)
    if not order:
        state.left = _reasons(held, order, search)
        return False
    horizon = _affordable(effort, network)
    sham = trained(network, state.sham, horizon, effort.seed)
    steps = 0 if horizon is None else horizon.steps
    best = None
    while (size := search.next()) is not None and effort.left(network) >= steps + 2 * FORWARD:
        arm = measured(network, *relocated(network, start, mask, order[:size]))
        arm = trained(network, arm, horizon, effort.seed)
        if _costs_nothing(network, effort, arm, sham, state.repaired.count - size):
            best, search.good = arm, size
        else:
            search.bad = size
    state.left, state.steps = _reasons(held, order, search), max(state.steps, steps)
    if best is None:
        return _rested(network, effort, state, sham, horizon)
    state.repaired, state.sham = best, sham
    state.made += order[: search.good]
    return True


def _rested(
    network: Counted, effort: Effort, state: _State, sham: Arm, horizon: Horizon | None
) -> bool:
    """Both arms trained on as they are, where nothing more could be kept; False if neither gains.

    What was moved in earlier rounds has not settled yet, and the next plan starts from there.
    """
    if not state.made or effort.left(network) <= 0:
        return False
    rested = trained(network, state.repaired, horizon, effort.seed)
    gained = rested is not state.repaired or sham is not state.sham
    if _costs_nothing(network, effort, rested, sham, state.repaired.count):
        state.repaired, state.sham = rested, sham
        return gained
    return False


def _unpriced_round(
    network: Counted, effort: Effort, state: _State, held: dict[int, list[int]]
) -> bool:
    """The plan that needs no prices, kept if all of it costs nothing, retrained or not.

    Where neurons are free that is nearly always so, and it is one evaluation of the loss, whatever
    the size of the layer; prices are one for every feature of every neuron.
    """
    start, mask = state.repaired.parameters, state.repaired.mask
    assert mask is not None
    order = [] if network.reading.relative_to == "neuron" else unpriced(network, start, held)
    if not order:
        return False
    most = state.repaired.count - len(order)
    arm = measured(network, *relocated(network, start, mask, order))
    if not _costs_nothing(network, effort, arm, state.sham, most):
        return False
    horizon = _affordable(effort, network)
    sham = trained(network, state.sham, horizon, effort.seed)
    arm = trained(network, arm, horizon, effort.seed)
    if not _costs_nothing(network, effort, arm, sham, most):
        return False
    state.repaired, state.sham = arm, sham
    state.made += order
    state.left = {k: TAKEN for k in held if k not in {r.neuron for r in order}}
    state.steps = max(state.steps, 0 if horizon is None else horizon.steps)
    return True


def _trials(effort: Effort, network: Counted) -> int | None:
    """How many losses the plan may look at: half of what is left."""
    if effort.budget is None:
        return None
    return int(effort.left(network) / 2 / FORWARD)


def _affordable(effort: Effort, network: Counted) -> Horizon | None:
    """The horizon with as many steps as leave room for a sham, a trial and one more."""
    if effort.horizon is None:
        return None
    steps = effort.horizon.steps
    if effort.budget is not None:
        steps = min(steps, int((effort.left(network) - 2) / 3))
    return effort.horizon.model_copy(update={"steps": steps}) if steps > 0 else None


def _costs_nothing(network: Counted, effort: Effort, arm: Arm, sham: Arm, most: int) -> bool:
    """No more above the sham than may be spent, and no more polysemantic neurons than `most` or in
    the sham."""
    return arm.above(sham, network.worth) <= effort.spend and arm.count <= min(most, sham.count)


def _reasons(held: dict[int, list[int]], order: list[Relocation], search: Search) -> dict[int, str]:
    """Why neurons were left alone."""
    planned = {one.neuron for one in order}
    found = {k: "the budget was spent before it was planned" for k in held if k not in planned}
    for place, one in enumerate(order[search.good :], search.good + 1):
        said = f"{one.cost:.3g} of a feature's worth before retraining"
        if search.bad <= place:
            found[one.neuron] = f"with it the layer costs more than the sham ({said})"
        else:
            found[one.neuron] = f"the budget was spent before it was tried ({said})"
    return found
