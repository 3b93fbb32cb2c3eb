"""Which neurons are held together where none can go alone: a layer whose costs are written down."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from polysem._diagnose.origin.retrain import Horizon
from polysem._repair.arm import Arm
from polysem._repair.held import Held
from polysem._repair.joint import Effort
from polysem._repair.maximal import Maximal
from polysem._repair.settle import better, settled
from polysem._repair.trials import Trial, Tried, cheapest


class Written(Held):
    """A neuron that is held costs `costs[neuron]`, and five times that when it begins."""

    def __init__(self, costs: list[float], spend: float = 0.02) -> None:
        self.costs = costs
        self.horizon = Horizon(steps=1)
        self.effort = Effort(self.horizon, spend=spend)
        self.network: Any = SimpleNamespace(worth=1.0, n_neurons=len(costs))
        self.counted: Any = SimpleNamespace(steps=0.0, batches_per_step=1)

    def arm(self, held: list[int], mask: Any, turn: int) -> Arm:
        gap = sum(self.costs[k] for k in held) * (1 + 4 * 0.5**turn)
        left = [k for k in range(len(self.costs)) if k not in held]
        own = {"left": torch.tensor(left), "turn": torch.tensor(turn)}
        return Arm(own, mask, torch.tensor([gap], dtype=torch.float64), len(left))

    def left(self, parameters: Any) -> set[int]:
        return set(parameters["left"].tolist())

    def sham_after(self, control: Arm) -> Arm:
        return control

    def copies(self, state: Arm, mask: Any, chosen: list[list[int]]) -> list[Arm]:
        turn = int(state.parameters["turn"]) + 1
        return [self.arm(held, mask[c], turn) for c, held in enumerate(chosen)]


def outcome(costs, held, turn=0, spend=0.02):
    """Neurons held at the end and what they cost; None if nothing was gained."""
    job = Written(costs, spend)
    mask = torch.ones(3, len(costs))
    for k in held:
        mask[1:, k] = 0
    sham = Arm({}, None, torch.zeros(1, dtype=torch.float64), len(costs))
    state = job.arm(held, mask, turn)
    rest = [k for k in range(len(costs)) if k not in held]
    arms = [job.arm([*held, k], mask, 1) for k in rest]
    tried = [
        Tried(Trial(k, 0), a, job.gap(a, sham), 1, True) for k, a in zip(rest, arms, strict=True)
    ]
    found = settled(job, state, sham, tried)
    if found is None:
        return None
    arm, control = found
    assert arm.mask is not None
    single = set(torch.nonzero(arm.mask.sum(0) == 1).flatten().tolist())
    assert single == set(range(len(costs))) - job.left(arm.parameters)
    return sorted(single), job.gap(arm, control)


def test_all_are_held_where_all_can_be_paid_in_the_end():
    held, gap = outcome([0.004] * 4, [0]) or ([], 1.0)
    assert held == [0, 1, 2, 3]
    assert 0.016 < gap < 0.02
    one_more = Written([0.004] * 4).arm([0, 1], None, 1)
    assert one_more.loss > 0.02  # at first even one more costs more than may be spent


def test_half_of_them_the_cheapest_first():
    held, gap = outcome([0.002, 0.009, 0.002, 0.008, 0.1], [0]) or ([], 1.0)
    assert held == [0, 2, 3]
    assert gap < 0.02


def test_none_of_them_if_what_is_held_has_not_settled():
    held, gap = outcome([0.003, 0.1, 0.1], [0], turn=1) or ([], 1.0)
    assert held == [0]
    assert gap < 0.005


@pytest.mark.parametrize(("held", "turn"), [([0], 20), ([], 0)])
def test_nothing_where_nothing_is_gained(held, turn):
    assert outcome([0.003 if held else 0.1, 0.1, 0.1], held, turn) is None


def test_better_is_fewer_or_cheaper_and_never_more():
    job = Written([0.003, 0.002, 0.001])
    sham = job.arm([], None, 9)
    few, same, many = (
        job.arm(held, None, turn) for held, turn in (([0], 9), ([0], 1), ([0, 1], 9))
    )
    for arm, state, wanted in (
        (many, few, True),
        (replace(few, count=1), many, False),  # cheaper, and one more is left
        (few, same, True),
        (same, few, False),
        (few, few, False),
        (replace(many, count=9), few, False),  # a feature lost its neuron
        (job.arm([0, 1, 2], None, 0), few, False),  # not affordable
    ):
        assert better(job, arm, sham, state, sham) is wanted


def test_where_none_is_left_what_was_spent_is_won_back(monkeypatch):
    held = Written([0.003, 0.001])
    job = Maximal(held)
    monkeypatch.setattr(job, "trials", lambda _state: [])
    mask = torch.tensor([[1.0, 1], [0, 0]])
    state, sham = held.arm([0, 1], mask, 1), held.arm([], None, 0)
    arm, control, said = job.made(state, sham)
    assert held.gap(state, sham) == pytest.approx(0.012)
    assert 0.004 < held.gap(arm, control) < 0.006
    assert said == {}
    assert job.made(arm, control)[0] is arm  # nothing more is to be gained


def test_of_the_trials_of_a_neuron_the_cheapest_counts_and_what_diverged_comes_last():
    arm = Written([0.0]).arm([], None, 0)
    gaps = ((2, 0, 0.3), (1, 0, math.nan), (0, 0, 0.2), (2, 1, 0.1), (3, 0, math.nan), (0, 1, 0.4))
    found = cheapest(Tried(Trial(k, keep), arm, gap, 1, True) for k, keep, gap in gaps)
    assert [(one.trial.neuron, one.trial.keep) for one in found] == [(2, 1), (0, 0), (1, 0), (3, 0)]


def test_trials_that_were_dear_wait_until_no_other_is_free(monkeypatch):
    held = Written([0.003, 0.1, 0.004])
    job, asked = Maximal(held), []

    def tried(_state, trials, _sham):
        asked.append([one.neuron for one in trials])
        return [Tried(t, _state, held.costs[t.neuron], 1, True) for t in trials]

    monkeypatch.setattr(job, "tried", tried)
    trials = [Trial(k, 0) for k in range(3)]
    state: Any = None
    job.nearest(state, trials, state)
    job.nearest(state, trials, state)
    assert asked == [[0, 1, 2], [0, 2]]
    held.costs = [0.03, 0.1, 0.04]
    found = job.nearest(state, trials, state)
    assert asked[2:] == [[0, 2], [1]]
    assert [one.trial.neuron for one in found] == [0, 2, 1]
