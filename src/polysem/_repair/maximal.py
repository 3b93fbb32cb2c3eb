"""The kept set made maximal: all neurons left at once, then each of them alone.

First every neuron of the layer is held to a feature of an even allotment (`together`). What that
leaves is retrained one by one, each neuron in a copy of its own on top of the repaired network, and
compared with the sham of the same steps; those that cost nothing and lower the count are taken, as
many at once as that holds for. Where there are none, those that cost least are held all the same
and the layer is trained on: what is made pure costs most at first. It ends where that does not help
either, and says of each neuron left what it cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.network import represented, strengths
from polysem._diagnose.origin.recorded import NUMBERS
from polysem._repair.arm import Arm
from polysem._repair.counted import Counted
from polysem._repair.held import Held
from polysem._repair.joint import Effort
from polysem._repair.layer import Layer
from polysem._repair.purify import patient
from polysem._repair.settle import settled
from polysem._repair.site_network import SiteNetwork
from polysem._repair.together import FIRM, long, together
from polysem._repair.trials import Trial, Tried, cheapest

NEAR = 2.0  # times what may be spent: trials that cost more wait until no other is free


class Maximal:
    """The trials of one layer."""

    def __init__(self, held: Held) -> None:
        self.held, self.spend = held, held.effort.spend
        self.cost: dict[Trial, float] = {}

    def trials(self, state: Arm) -> list[Trial]:
        """For every neuron left, the feature it is held to, and what excites it most."""
        assert state.mask is not None
        rows, found = self.held.activity.rows(state.parameters), []
        size = strengths(self.held.network, state.parameters)
        for k in sorted(self.held.left(state.parameters)):
            kept = int((size[:, k] + state.mask[:, k]).argmax())
            excited = [
                int(f) for f, s in zip(rows[k].features, rows[k].strengths, strict=True) if s > 0
            ]
            found += [Trial(k, f) for f in dict.fromkeys([kept, *excited[:1]])]
        return found

    def made(self, state: Arm, control: Arm) -> tuple[Arm, Arm, dict[int, str]]:
        """(repaired, sham, why neurons are left) when none that is left can go."""
        said: dict[int, str] = {}
        for _ in range(self.held.effort.rounds):
            trials = self.trials(state)
            if not self.held.affords(len(trials) + 2):
                break
            if not trials:
                state, control = settled(self.held, state, control, []) or (state, control)
                break
            sham = self.held.sham_after(control)
            tried = self.nearest(state, trials, sham)
            for one in sorted(tried, key=lambda one: (one.pure, one.falls >= 1, -one.gap)):
                said[one.trial.neuron] = one.words()
            best = self._together(state, [one for one in tried if one.free(self.spend)], sham)
            more = settled(self.held, state, control, tried) if best is None else (best, sham)
            if more is None:
                break
            state, control = more
        return state, control, said

    def _together(self, state: Arm, free: list[Tried], sham: Arm) -> Arm | None:
        """As many of those that are free alone as are free together: all, half, …, the first."""
        order, before = cheapest(free), self.held.left(state.parameters)
        size = len(order)
        while size > 1 and self.held.affords(1):
            (arm,) = self.held.retrained(state, [[one.trial for one in order[:size]]])
            fewer = len(self.held.left(arm.parameters)) < len(before)
            if fewer and self.held.gap(arm, sham) <= self.spend and arm.count <= state.count:
                return arm
            size //= 2
        return order[0].arm if order else None

    def nearest(self, state: Arm, trials: list[Trial], sham: Arm) -> list[Tried]:
        """Those that came nearest before; the rest too if none of them is free."""
        limit = NEAR * self.spend
        near = [one for one in trials if self.cost.get(one, 0.0) <= limit]
        found = self.tried(state, near, sham)
        if not any(one.free(self.spend) for one in found):
            found += self.tried(state, [one for one in trials if one not in near], sham)
        self.cost |= {one.trial: one.gap for one in found}
        return found

    def tried(self, state: Arm, trials: list[Trial], sham: Arm) -> list[Tried]:
        """Every trial alone, as many copies at a time as fit."""
        before = self.held.left(state.parameters)
        at_once = max(1, NUMBERS // sum(v.numel() for v in state.parameters.values()))
        found = []
        for left in range(0, len(trials), at_once):
            some = trials[left : left + at_once]
            arms = self.held.retrained(state, [[trial] for trial in some])
            found += [
                self._judged(*one, before, state, sham) for one in zip(some, arms, strict=True)
            ]
        return found

    def _judged(self, trial: Trial, arm: Arm, before: set[int], state: Arm, sham: Arm) -> Tried:
        """The whole layer is counted only where the neuron itself is pure."""
        k, falls = trial.neuron, 0
        carried = represented(self.held.network, arm.parameters)[:, k].sum()
        pure = int(carried) < 2 and not self.held.activity.several(arm.parameters, [k])
        if pure:
            falls = len(before) - len(self.held.left(arm.parameters))
            falls = falls if arm.count <= state.count else 0
        return Tried(trial, arm, self.held.gap(arm, sham), falls, pure)


def maximal(
    counted: Counted, network: SiteNetwork, activity: Activity, layer: Layer, effort: Effort
) -> Layer:
    """The layer with no neuron left that could go alone at no cost, and what each left costs."""
    if layer.repaired.mask is None or effort.horizon is None or layer.active is None:
        return layer
    one = counted, network, activity
    all_of = Held(*one, replace(effort, horizon=long(effort.horizon)), FIRM)
    arms = together(all_of, layer.repaired, layer.sham) or (layer.repaired, layer.sham)
    held = Held(*one, replace(effort, horizon=patient(effort.horizon)))
    state, control, said = Maximal(held).made(*arms)
    rest = held.left(state.parameters)
    before = layer.active[0]
    counts = (len(activity.shared(arm.parameters)) for arm in (control, state))
    carried = represented(network, state.parameters).sum(0)
    return replace(
        layer,
        repaired=state,
        sham=control,
        active=(before, *counts),
        left=reasons(layer.left, said, rest),
        polysemantic=(layer.polysemantic[0], int((carried >= 2).sum())),
        steps=counted.steps,
    )


def reasons(earlier: Mapping[int, str], said: Mapping[int, str], rest: set[int]) -> dict[int, str]:
    """Why each neuron of `rest` is left: what was measured last, else what was said before."""
    otherwise = "polysemantic by its activations; the budget was spent before it was tested alone"
    return {k: said.get(k, earlier.get(k, otherwise)) for k in sorted(rest)}
