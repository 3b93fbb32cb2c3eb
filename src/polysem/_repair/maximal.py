"""The kept set made maximal: every neuron left is tested alone, on top of the repaired network.

What was tried together and cost something may go one by one. Each neuron left is retrained in a
copy of its own, with all that is pure already held so, and compared with the sham of the same
steps; those that cost nothing and lower the count are taken, as many at once as that holds for.
Where there are none, those that cost least are held all the same and the layer is trained on: what
is made pure costs most at first. It ends where that does not help either, and says of each neuron
left what it cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.moves import strict_mask
from polysem._diagnose.origin.network import Parameters, represented, stacked, strengths
from polysem._diagnose.origin.penalised import Penalised
from polysem._diagnose.origin.recorded import NUMBERS, one_of
from polysem._diagnose.origin.retrain import retrain
from polysem._repair.arm import Arm, measured, trained
from polysem._repair.counted import Counted
from polysem._repair.joint import Effort
from polysem._repair.layer import Layer
from polysem._repair.purify import patient, work_of
from polysem._repair.site_network import SiteNetwork

RESTS = 10  # horizons at most that the layer is trained on to see what it then costs
SETTLED = 0.05  # of what may be spent, that each of them must gain
NEAR = 2.0  # times what may be spent: trials that cost more wait until no other is free


@dataclass(frozen=True)
class Trial:
    """`neuron` is to carry and to respond to `keep` alone."""

    neuron: int
    keep: int


@dataclass(frozen=True)
class Tried:
    """What became of a trial. `gap` — to the sham, feature-worths; `falls` — of both counts taken
    together; `pure` — the neuron is polysemantic by neither."""

    trial: Trial
    arm: Arm
    gap: float
    falls: int
    pure: bool

    def free(self, spend: float) -> bool:
        """It costs no more than may be spent, and the count falls."""
        return self.pure and self.falls >= 1 and self.gap <= spend

    def words(self) -> str:
        """Why it was left, if it was."""
        cost = f"alone on top of the repaired network it costs {self.gap:.3g} of a feature's worth"
        if not self.pure:
            return f"{cost}, and it still answers to several: horizon-dependent"
        if self.falls < 1:
            return f"{cost}, and another neuron becomes polysemantic for it"
        return f"{cost} above the sham"


def polysemantic(network: SiteNetwork, activity: Activity, parameters: Parameters) -> set[int]:
    """Neurons polysemantic by recordings or by weights."""
    carried = represented(network, parameters).sum(0)
    return activity.several(parameters).union(torch.nonzero(carried >= 2).flatten().tolist())


class Maximal:
    """One layer, its neurons by recordings and weights, and what may be spent."""

    def __init__(
        self, counted: Counted, network: SiteNetwork, activity: Activity, effort: Effort
    ) -> None:
        assert effort.horizon is not None
        self.counted, self.network, self.activity = counted, network, activity
        self.effort, self.horizon = effort, patient(effort.horizon)
        self.cost: dict[Trial, float] = {}

    def left(self, parameters: Parameters) -> set[int]:
        """Neurons polysemantic by recordings or by weights."""
        return polysemantic(self.network, self.activity, parameters)

    def trials(self, state: Arm) -> list[Trial]:
        """For every neuron left, the feature it is held to, and what excites it most."""
        assert state.mask is not None
        rows, found = self.activity.rows(state.parameters), []
        size = strengths(self.network, state.parameters)
        for k in sorted(self.left(state.parameters)):
            held = int((size[:, k] + state.mask[:, k]).argmax())
            excited = [
                int(f) for f, s in zip(rows[k].features, rows[k].strengths, strict=True) if s > 0
            ]
            found += [Trial(k, f) for f in dict.fromkeys([held, *excited[:1]])]
        return found

    def made(self, state: Arm, control: Arm) -> tuple[Arm, Arm, dict[int, str]]:
        """(repaired, sham, why neurons are left) when none that is left can go alone."""
        said: dict[int, str] = {}
        for _ in range(self.effort.rounds):
            trials = self.trials(state)
            if not trials or not self._affords(len(trials) + 2):
                break
            sham = trained(self.counted, control, self.horizon, self.effort.seed)
            tried = self.nearest(state, trials, sham)
            for one in sorted(tried, key=lambda one: (one.pure, one.falls >= 1, -one.gap)):
                said[one.trial.neuron] = one.words()
            free = [one for one in tried if one.free(self.effort.spend)]
            best = self._together(state, sorted(free, key=lambda one: one.gap), sham)
            more = self._settled(state, control, tried) if best is None else (best, sham)
            if more is None:
                break
            state, control = more
        return state, control, said

    def _affords(self, copies: int) -> bool:
        """True if so many may still be retrained."""
        return self.effort.left(self.counted) >= copies * work_of(self.counted, self.horizon)

    def _settled(self, state: Arm, control: Arm, tried: list[Tried]) -> tuple[Arm, Arm] | None:
        """(repaired, sham) after long training with the cheapest of `tried` held too: all, half, …,
        none of them; None if that lowers neither the count nor what was spent.

        What is made pure costs most at first. On the way more may be spent than at the end.
        """
        ordered = sorted(tried, key=lambda one: one.gap)
        cheapest = {one.trial.neuron: one.trial for one in reversed(ordered)}
        order = [one.trial for one in ordered if cheapest[one.trial.neuron] is one.trial]
        shams, size = [control], len(order)
        while self._affords(2):
            arm, sham = self._trained_on(state, shams, order[:size])
            if self._better(arm, sham, state, control):
                return arm, sham
            if size == 0:
                break
            size //= 2
        return None

    def _trained_on(self, state: Arm, shams: list[Arm], group: list[Trial]) -> tuple[Arm, Arm]:
        """`state` with `group` held and the sham, a horizon at a time until little is gained.

        `shams` — after 0, 1, … horizons; it grows.
        """
        (mask,), (held,) = self._holds(state, [group])
        arm, last = replace(state, mask=mask), float("inf")
        for turn in range(1, RESTS + 1):
            if not held or not self._affords(2):
                break
            if len(shams) <= turn:
                shams.append(trained(self.counted, shams[-1], self.horizon, self.effort.seed))
            (arm,) = self._copies(arm, mask[None], [held])
            gap = self.gap(arm, shams[turn])
            if not last - gap >= SETTLED * self.effort.spend:
                return arm, shams[turn]
            last = gap
        return arm, shams[-1]

    def _better(self, arm: Arm, sham: Arm, state: Arm, control: Arm) -> bool:
        """Affordable, nothing else polysemantic, and fewer neurons are left or less is spent."""
        gap, before = self.gap(arm, sham), self.left(state.parameters)
        left = self.left(arm.parameters)
        if not gap <= self.effort.spend or left - before or arm.count > state.count:
            return False
        gain = self.gap(state, control) - gap
        return len(left) < len(before) or gain >= SETTLED * self.effort.spend

    def _together(self, state: Arm, free: list[Tried], sham: Arm) -> Arm | None:
        """As many of those that are free alone as are free together: all, half, …, the first."""
        first = {one.trial.neuron: one for one in reversed(free)}
        order = [one for one in free if first[one.trial.neuron] is one]
        size = len(order)
        while size > 1 and self._affords(1):
            (arm,) = self.retrained(state, [[one.trial for one in order[:size]]])
            fewer = len(self.left(state.parameters)) - len(self.left(arm.parameters))
            if self.gap(arm, sham) <= self.effort.spend and fewer >= 1 and arm.count <= state.count:
                return arm
            size //= 2
        return order[0].arm if order else None

    def nearest(self, state: Arm, trials: list[Trial], sham: Arm) -> list[Tried]:
        """Those that came nearest before; the rest too if none of them is free."""
        limit = NEAR * self.effort.spend
        near = [one for one in trials if self.cost.get(one, 0.0) <= limit]
        found = self.tried(state, near, sham)
        if not any(one.free(self.effort.spend) for one in found):
            found += self.tried(state, [one for one in trials if one not in near], sham)
        self.cost |= {one.trial: one.gap for one in found}
        return found

    def tried(self, state: Arm, trials: list[Trial], sham: Arm) -> list[Tried]:
        """Every trial alone, as many copies at a time as fit."""
        before = self.left(state.parameters)
        at_once = max(1, NUMBERS // sum(v.numel() for v in state.parameters.values()))
        found = []
        for left in range(0, len(trials), at_once):
            some = trials[left : left + at_once]
            arms = self.retrained(state, [[trial] for trial in some])
            found += [
                self._judged(*one, before, state, sham) for one in zip(some, arms, strict=True)
            ]
        return found

    def _judged(self, trial: Trial, arm: Arm, before: set[int], state: Arm, sham: Arm) -> Tried:
        """The whole layer is counted only where the neuron itself is pure."""
        k, falls = trial.neuron, 0
        carried = represented(self.network, arm.parameters)[:, k].sum()
        pure = int(carried) < 2 and not self.activity.several(arm.parameters, [k])
        if pure:
            falls = len(before) - len(self.left(arm.parameters))
            falls = falls if arm.count <= state.count else 0
        return Tried(trial, arm, self.gap(arm, sham), falls, pure)

    def gap(self, arm: Arm, sham: Arm) -> float:
        """Feature-worths above the sham."""
        return arm.above(sham, self.network.worth)

    def retrained(self, state: Arm, groups: list[list[Trial]]) -> list[Arm]:
        """A copy for each group, its neurons masked and held pure beside those that are so now."""
        masks, chosen = self._holds(state, groups)
        return self._copies(state, torch.stack(masks), chosen)

    def _holds(
        self, state: Arm, groups: list[list[Trial]]
    ) -> tuple[list[torch.Tensor], list[list[int]]]:
        """For each group, the mask and which neurons are to be pure."""
        assert state.mask is not None
        others = self._pure(state)
        masks, chosen = [], []
        for group in groups:
            mask = state.mask.clone()
            for one in group:
                mask[one.keep, one.neuron] = 1
                mask = strict_mask(mask, one.neuron, one.keep)
            masks.append(mask)
            mine = [one.neuron for one in group]
            chosen.append(mine + [k for k in others if k not in mine])
        return masks, chosen

    def _pure(self, state: Arm) -> list[int]:
        """Neurons that are held to one feature and respond to no other."""
        assert state.mask is not None
        left = self.left(state.parameters)
        single = torch.nonzero(state.mask.sum(0) == 1).flatten().tolist()
        return [k for k in single if k not in left]

    def _copies(self, state: Arm, mask: torch.Tensor, chosen: list[list[int]]) -> list[Arm]:
        """The copies after the horizon; groups may differ in size by neurons named twice."""
        most = max(map(len, chosen))
        neurons = torch.tensor([one + one[:1] * (most - len(one)) for one in chosen])
        keep = mask.argmax(1).cpu().gather(1, neurons)
        pure = Penalised(self.network, self.activity, neurons, keep)
        start = stacked(state.parameters, len(chosen))
        after = retrain(pure, start, mask, self.horizon, self.effort.seed)  # pyright: ignore[reportArgumentType]
        self.counted.steps += work_of(self.counted, self.horizon) * len(chosen)
        arms = (one_of(after, c) for c in range(len(chosen)))
        return [measured(self.counted, one, mask[c]) for c, one in enumerate(arms)]


def maximal(
    counted: Counted, network: SiteNetwork, activity: Activity, layer: Layer, effort: Effort
) -> Layer:
    """The layer with no neuron left that could go alone at no cost, and what each left costs."""
    if layer.repaired.mask is None or effort.horizon is None or layer.active is None:
        return layer
    job = Maximal(counted, network, activity, effort)
    state, control, said = job.made(layer.repaired, layer.sham)
    rest = job.left(state.parameters)
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
