"""All neurons of a layer held at once: when it goes on, what is taken, who starts again."""

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.test_repair_activity import classes, entropy

import polysem
from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.network import represented
from polysem._diagnose.origin.penalised import PRICE, Penalised
from polysem._diagnose.origin.retrain import Horizon
from polysem._repair import maximal, purify, together
from polysem._repair.arm import Arm, measured
from polysem._repair.awake import awakened
from polysem._repair.joint import Effort
from polysem._repair.site_network import SiteNetwork


class Listed:
    """A layer that costs `gaps[turn]` and of which the neurons `left[turn]` are left."""

    def __init__(self, gaps: list[float], left: list[set[int]], features=2, spend=0.02) -> None:
        self.gaps, self.kept, self.turn = gaps, [{0, 1, 2, 3}, *left], 0
        self.network = SimpleNamespace(n_neurons=4, n_features=features)
        sums = SimpleNamespace(signed=np.eye(4, features))
        self.activity = SimpleNamespace(pairs=lambda own: SimpleNamespace(sums=sums))
        self.effort = Effort(Horizon(steps=1), spend=spend)
        self.masks: list[Any] = []
        self.asked: list[tuple[int, int]] = []

    def affords(self, copies: int) -> bool:
        return self.turn < len(self.gaps)

    def left(self, parameters: Any) -> set[int]:
        return self.kept[int(parameters["turn"])]

    def sham_after(self, control: Any) -> Any:
        return control

    def gap(self, arm: Any, _sham: Any) -> float:
        return ([0.0, *self.gaps])[int(arm.parameters["turn"])]

    def copies(self, state: Arm, mask: Any, chosen: Any) -> list[Arm]:
        assert chosen == [[0, 1, 2, 3]]
        self.masks.append(mask[0])
        self.turn += 1
        own = {"turn": torch.tensor(self.turn)}
        return [Arm(own, mask[0], torch.zeros(1), len(self.kept[self.turn]))]


def outcome(monkeypatch, job: Any):
    """Turn that was taken and turns made; None if none was taken."""

    def awake(_network, _activity, arm, start, keep, chance):
        assert int(start["turn"]) == 0
        assert keep.tolist() in ([0, 1, 0, 1], [0, 1, 1, 0])
        job.asked.append((int(arm.parameters["turn"]), chance.initial_seed()))
        return arm

    monkeypatch.setattr(together, "awakened", awake)
    state = Arm({"turn": torch.tensor(0)}, torch.ones(2, 4), torch.zeros(1), 4)
    found = together.together(job, state, state)
    return None if found is None else int(found[0].parameters["turn"]), job.turn


def test_it_goes_on_while_that_gains_and_takes_the_best(monkeypatch):
    nobody: set[int] = set()
    gaps = [0.5, 0.1, 0.03, 0.019, 0.015, 0.0148, 0.0]
    job = Listed(gaps, [nobody] * 7)
    assert outcome(monkeypatch, job) == (5, 6)
    assert job.asked == [(turn, turn) for turn in range(1, 6)]  # before each but the first
    for mask in job.masks:
        assert mask.sum(0).tolist() == [1] * 4
        assert mask.sum(1).tolist() == [2, 2]
        assert mask[0, 0] == mask[1, 1] == 1  # those that respond to it most
    back = Listed(gaps, [*[nobody] * 3, {2}, nobody, {1}, {1}])
    assert outcome(monkeypatch, back) == (5, 6)
    worse = Listed(gaps, [*[nobody] * 4, {1, 2}, {1, 2}, {1}])
    assert outcome(monkeypatch, worse) == (4, 6)


@pytest.mark.parametrize(
    ("gaps", "turns"),
    [
        ([0.5, 0.49, 0.0], 2),  # a hundredth in each of eight turns more is too little
        ([float("nan"), 0.0], 1),
        ([0.06, 0.03, 0.029, 0.0], 3),
        ([0.5], 1),  # nothing more may be spent on it
    ],
)
def test_it_ends_where_what_may_be_spent_is_out_of_reach(gaps, turns, monkeypatch):
    assert outcome(monkeypatch, Listed(gaps, [set()] * len(gaps))) == (None, turns)


def test_nothing_is_tried_with_too_few_neurons_or_nothing_left(monkeypatch):
    assert outcome(monkeypatch, Listed([0.0], [set()], features=5)) == (None, 0)
    job = Listed([0.0], [set()])
    job.kept[0] = set()
    assert outcome(monkeypatch, job) == (None, 0)


@pytest.fixture(scope="module")
def fallen():
    """A layer whose neurons 2, 5 and 6 were switched off, and what it was before."""
    given = classes()
    network = SiteNetwork(given["model"], "0", "2", entropy, given["data"])
    start = {name: values.clone() for name, values in network.parameters().items()}
    now = copy.deepcopy(start)
    now["0.weight"][[2, 5, 6]], now["0.bias"][[2, 5, 6]] = 0, -1
    return network, Activity(network.model, "2", network.batches, 4), start, now, given


def test_silent_neurons_read_what_the_layer_read_for_their_feature(fallen):
    network, activity, start, now, given = fallen
    keep = torch.arange(12) % 4
    arm = measured(network, now, torch.ones(4, 12))
    own = {name: values.clone() for name, values in now.items()}
    after = awakened(network, activity, arm, start, keep, torch.Generator().manual_seed(3))
    for name, values in own.items():  # what it was given stays as it was
        assert torch.equal(arm.parameters[name], values)
    changed = (after.parameters["0.weight"] != now["0.weight"]).any(1)
    assert torch.nonzero(changed).flatten().tolist() == [2, 5, 6]
    assert not after.parameters["2.weight"][:, [2, 5, 6]].any()
    assert measured(network, after.parameters, None).loss == pytest.approx(arm.loss, abs=1e-6)
    x, y = given["data"][0]
    read = x @ after.parameters["0.weight"].T + after.parameters["0.bias"]
    for k in (2, 5, 6):
        on, off = read[y == keep[k], k], read[y != keep[k], k]
        assert (on[:, None] > off).float().mean() > 0.9
    both = torch.cat([start["0.weight"], start["0.bias"][:, None]], 1)
    new = torch.cat([after.parameters["0.weight"], after.parameters["0.bias"][:, None]], 1)
    assert torch.allclose(new[[2, 5, 6]].norm(dim=1), both.norm(dim=1).mean())
    assert not torch.allclose(new[2], new[6])  # of one feature, and yet not the same
    same = awakened(network, activity, after, start, keep, torch.Generator().manual_seed(4))
    assert same is after


def test_all_neurons_of_a_layer_at_once(monkeypatch):
    """One by one some are left; at once none is, and every feature has as many neurons."""
    given, prices = classes(), set()

    class Priced(Penalised):
        def __init__(self, network, activity, neurons, keep, price):
            super().__init__(network, activity, neurons, keep, price)
            prices.add(self.price / network.worth / 4)

    monkeypatch.setattr(purify, "Penalised", Priced)
    source = given.pop("model")
    how = {"steps": 100, "rate": 0.02, "rounds": 2, "further": 0, "maximal": True, "spend": 0.05}
    done = polysem.repair(source, **given, **how)
    monkeypatch.setattr(maximal, "together", lambda *_: None)
    alone = polysem.repair(source, **given, **how)
    row = done.to_dicts()[0]
    assert row["polysemantic_repaired"] == row["active_repaired"] == 0
    assert row["gap"] <= 0.05
    assert sorted(prices) == pytest.approx([PRICE, together.FIRM])
    network = SiteNetwork(done.model, "0", "2", entropy, given["data"])
    counts = represented(network, network.parameters()).sum(1).tolist()
    assert max(counts) - min(counts) <= 1
    assert len(alone.left_alone) > 0
