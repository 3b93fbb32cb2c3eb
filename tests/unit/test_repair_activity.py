"""Neurons made to respond to one feature: the rule of the diagnosis, a smooth twin, the cost."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import rankdata
from torch import nn

import polysem
from polysem._diagnose.origin import impurity as module
from polysem._diagnose.origin.activity import Activity, targets
from polysem._diagnose.origin.network import represented
from polysem._diagnose.selectivity.auroc import auroc
from polysem._repair import joint, pure
from polysem._repair.arm import Arm
from polysem._repair.homes import silent
from polysem._repair.pure import rows
from polysem._repair.site_network import SiteNetwork


def entropy(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels)


def classes(width=12) -> dict[str, Any]:
    """A trained classifier of four noisy patterns."""
    torch.manual_seed(0)
    y = torch.arange(4).repeat(40)
    x = nn.functional.one_hot(y, 4).float() + 0.25 * torch.randn(160, 4)
    model = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 4))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(120):
        optimiser.zero_grad()
        entropy(model, x, y).backward()
        optimiser.step()
    return {"model": model, "data": [(x, y)], "loss": entropy, "site": "1"}


@pytest.fixture(scope="module")
def watched():
    given = classes()
    return Activity(given["model"], "2", given["data"], 4), given


def test_what_labels_say():
    said: Any = targets(torch.tensor([1, 0]), 3)
    assert torch.equal(said, torch.eye(3)[[1, 0]])
    both = torch.tensor([[1.0, 1, 0], [0, 0, 0]])
    said = targets(both, 3)
    assert torch.equal(said, both)
    for labels in (torch.tensor([3]), torch.tensor([-1]), torch.rand(2, 3), torch.ones(2, 4), "a"):
        assert targets(labels, 3) is None


def test_selectivity_is_that_of_the_diagnosis(watched):
    seen, given = watched
    assert seen.known
    model, (x, y) = given["model"], given["data"][0]
    labels = nn.functional.one_hot(y, 4)
    diagnosis = polysem.diagnose(model, site="1", data=[(x, labels)], draws=20)
    own = {name: p.detach() for name, p in model.named_parameters()}
    assert sorted(seen.shared(own)) == diagnosis.polysemantic
    assert len(diagnosis.polysemantic) >= 5


def test_the_smooth_auroc_tends_to_the_exact_one(watched, monkeypatch):
    """With a sharp comparison and every sample compared, the impurity is that of exact AUROCs."""
    seen, given = watched
    monkeypatch.setattr(module, "SOFT", 1e-4)
    monkeypatch.setattr(module, "REFERENCE", 10**6)
    model, (x, y) = given["model"], given["data"][0]
    own = {name: p.detach() for name, p in model.named_parameters()}
    keep, neurons = torch.arange(6) % 4, torch.arange(0, 12, 2)
    found = float(seen.impurity(own, 0, neurons, keep))
    a = torch.relu(model[0](x)).detach().numpy().astype(np.float64)[:, neurons]
    labels = nn.functional.one_hot(y, 4).numpy()
    alone = np.nan_to_num(auroc(a, labels), nan=0.5) - 0.5
    excess = np.zeros((6, 4))
    for k, f in ((k, f) for k in range(6) for f in range(4) if f != keep[k]):
        both = np.stack([np.ones(160), labels[:, f], labels[:, keep[k]]], 1)
        beside = np.linalg.lstsq(both, rankdata(a[:, k]) / 160, rcond=None)[0][1]
        strength = min(abs(alone[k, f]), abs(beside))
        excess[k, f] = max(strength - (0.15 - module.MARGIN), 0) ** 2
    assert found == pytest.approx(excess.sum(), rel=1e-3)
    assert found > 0.01


def test_neurons_come_to_respond_to_one_feature_at_no_cost(watched):
    given = classes()
    plain, done = (
        polysem.repair(**classes_of(given), activations=on, steps=150, rate=0.02, further=0)
        for on in (False, True)
    )
    assert plain.to_dicts()[0]["active"] is None
    row = done.to_dicts()[0]
    assert row["active"] >= 5
    assert row["active_repaired"] <= row["active"] / 2
    assert row["active_repaired"] < row["active_sham"]
    assert row["gap"] <= 0.02
    assert row["polysemantic_repaired"] <= plain.to_dicts()[0]["polysemantic_repaired"]
    assert "by activations" in " ".join(done.effects.to_pandas()["quantity"])
    x, y = given["data"][0]
    again = polysem.diagnose(
        done.model, site="1", data=[(x, nn.functional.one_hot(y, 4))], draws=20
    )
    assert len(again.polysemantic) == row["active_repaired"]


def test_what_is_left_was_tested_alone():
    """Little training leaves some; then each is tried alone, and what cannot go says its cost."""
    given = classes_of(classes())
    how = {"steps": 100, "rate": 0.02, "rounds": 1, "further": 0}
    plain, done = (polysem.repair(**given, **how, maximal=on) for on in (False, True))
    before, after = plain.to_dicts()[0], done.to_dicts()[0]
    assert before["active_repaired"] > 0
    assert after["active_repaired"] < before["active_repaired"]
    assert after["steps"] > before["steps"]
    assert after["gap"] <= 0.02
    left = done.left_alone.to_dicts()
    assert len(left) >= after["active_repaired"]
    assert all("alone on top of the repaired network" in row["reason"] for row in left)


def test_where_nothing_can_be_moved_together_neurons_are_tested_alone(monkeypatch):
    """The record names what was taken off; without the test the network stays, to the bit."""
    monkeypatch.setattr(joint, "_costs_nothing", lambda *_: False)
    given = classes_of(classes())
    how = {"steps": 100, "rate": 0.02, "rounds": 2, "further": 0}
    kept, done = (polysem.repair(**given, **how, maximal=on) for on in (False, True))
    for name, values in given["source"].state_dict().items():
        assert torch.equal(kept.model.state_dict()[name], values), name
    assert len(kept.moved) == 0
    before, after = kept.to_dicts()[0], done.to_dicts()[0]
    assert after["active_repaired"] < before["active"]
    assert after["gap"] <= 0.02
    record = done.moved.to_dicts()
    left = {row["neuron"] for row in done.left_alone.to_dicts()}
    assert {row["kind"] for row in record} <= {"drop", "purify"}
    assert {row["neuron"] for row in record} == several(given, given["source"]) - left
    assert left == several(given, done.model)
    weights = done.model[2].weight.detach().T
    for row in record:
        if row["kind"] == "drop":
            assert weights[row["neuron"], row["feature"]].abs() < weights[row["neuron"]].abs().max()
    monkeypatch.setattr(pure, "rows", lambda *_: iter(()))
    nearer = polysem.repair(**given, **how, maximal=True)
    monkeypatch.undo()
    monkeypatch.setattr(joint, "_costs_nothing", lambda *_: False)
    monkeypatch.setattr(Arm, "above", lambda *_: math.inf)
    dear = polysem.repair(**given, **how, maximal=True)
    for same in (nearer, dear):
        assert len(same.moved) == same.to_dicts()[0]["gap"] == 0
        assert same.to_dicts()[0]["active_repaired"] == same.to_dicts()[0]["active"]
        for name, values in given["source"].state_dict().items():
            assert torch.equal(same.model.state_dict()[name], values), name


def test_what_may_be_spent_buys_neurons():
    """More leaves fewer; never more than that is spent, and nothing of nothing."""
    given = classes_of(classes())
    how = {"steps": 100, "rate": 0.02, "rounds": 3, "further": 0}
    most = (0.0, 0.005, 0.02, 0.3)
    rows = [polysem.repair(**given, **how, spend=one).to_dicts()[0] for one in most]
    left = [row["polysemantic_repaired"] + row["active_repaired"] for row in rows]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[1] > left[2] > left[3]
    assert all(row["gap"] <= one for row, one in zip(rows, most, strict=True))
    with pytest.raises(polysem.BadInput, match="spend"):
        polysem.repair(**given, spend=-0.1)


def test_every_stage_goes_by_what_may_be_spent(monkeypatch):
    """A cost of 0.1 is within 0.3 as none is within the default, and not within 0.05."""
    given = classes_of(classes())
    how = {"steps": 100, "rate": 0.02, "rounds": 2, "further": 0}
    left = []
    for cost, spend in ((0.0, 0.02), (0.1, 0.3), (0.1, 0.05)):
        monkeypatch.setattr(Arm, "above", lambda *_, cost=cost: cost)
        row = polysem.repair(**given, **how, spend=spend).to_dicts()[0]
        left.append((row["polysemantic_repaired"], row["active_repaired"]))
    assert left[0] == left[1] < left[2]
    assert left[2] == (row["polysemantic"], row["active"])


def test_the_record_says_what_was_taken_off_and_what_was_made_pure():
    given = classes(width=4)
    network = SiteNetwork(given["model"], "0", "2", entropy, given["data"])
    before = {n: p.clone() for n, p in network.parameters().items()}
    before["2.weight"] = torch.tensor([[1.0, 0, 0, 0], [0.9, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]])
    after = before | {"2.weight": before["2.weight"].clone()}
    after["2.weight"][1, 0], after["2.weight"][1, 3] = 0, 0.1
    seen = SimpleNamespace(several=lambda own: {1, 2} if own is before else {2})
    layer: Any = SimpleNamespace(
        before=SimpleNamespace(parameters=before), repaired=SimpleNamespace(parameters=after)
    )
    layer.moved = ()
    dropped = {"neuron": 0, "feature": 1, "kind": "drop"}
    alone = {"neuron": 1, "feature": 2, "to_neuron": 1, "kind": "purify"}

    def record():
        return list(rows(network, seen, layer))  # pyright: ignore[reportArgumentType]

    assert record() == [dropped, alone]
    layer.moved = ({"neuron": 3, "feature": 2, "to_neuron": 1, "kind": "relocate"},)
    assert record() == [*layer.moved, dropped]
    gone = {"neuron": 1, "feature": 0, "to_neuron": 3, "kind": "relocate"}
    layer.moved += (gone, {"neuron": 3, "feature": 3, "kind": "drop"})
    assert record() == [layer.moved[0], dropped]  # moves that no longer hold are not told
    after["2.weight"][2, 1], after["2.weight"][0, 1] = 0, 1
    other = {"neuron": 1, "feature": 2, "kind": "drop"}
    assert record() == [dropped, other, {"feature": 0, "to_neuron": 1, "kind": "take"}]
    told = ({"neuron": 0, "feature": 0, "to_neuron": 1, "kind": "relocate"}, dropped, other)
    layer.moved = told
    assert record() == list(told)  # nothing twice
    layer.moved, seen.several = (), lambda own: set()
    after["2.weight"][1, 0], after["2.weight"][0, 1], after["2.weight"][2, 1] = 0.9, 0, 1
    after["2.weight"][3, 2], after["2.weight"][2, 2] = 0, 1
    assert record() == []  # none was made pure, whatever else changed


def several(given, model):
    """Neurons polysemantic by recordings or by weights."""
    network = SiteNetwork(model, "0", "2", entropy, given["data"])
    own = network.parameters()
    written = torch.nonzero(represented(network, own).sum(0) >= 2).flatten().tolist()
    return Activity(model, "2", given["data"], 4).several(own).union(written)


def classes_of(given):
    return {"source": given["model"]} | {n: v for n, v in given.items() if n != "model"}


def test_a_neuron_that_is_never_on_is_a_home():
    given = classes()
    first, last = given["model"][0], given["model"][2]
    with torch.no_grad():
        first.weight[3], first.bias[3] = 0, -1
        last.weight[:, 3] = torch.tensor([1.0, 0.9, 0, 0])
    network = SiteNetwork(given["model"], "0", "2", entropy, given["data"])
    start = network.parameters()
    before = float(network.losses({n: v[None] for n, v in start.items()}).mean())
    assert silent(network, start, [2, 3, 4], before) == {3}
    done = polysem.repair(**classes_of(given), steps=0, activations=False, further=0)
    weights = done.model[2].weight[:, 3]
    assert int((weights != 0).sum()) <= 1  # a feature moved there, or all but one taken off


def test_without_labels_that_say_features_nothing_is_said_of_activations():
    given = classes()
    given["data"] = [(x, torch.rand(len(x), 4)) for x, _ in given["data"]]
    given["loss"] = lambda model, inputs, labels: (model(inputs) - labels).square().mean()
    done = polysem.repair(**classes_of(given), steps=2, further=0)
    assert done.to_dicts()[0]["active"] is None


def test_polysemantic_neurons_that_are_never_on_may_be_all_there_are():
    """They cost nothing to clear, and nothing else is left to plan."""
    first, second = nn.Linear(4, 6), nn.Linear(6, 4)
    model = nn.Sequential(first, nn.ReLU(), second)
    with torch.no_grad():
        first.weight[:4], first.weight[4:] = 4 * torch.eye(4), 0.0
        first.bias[:4], first.bias[4:] = 0.0, -1.0
        second.weight[:, :4], second.weight[:, 4:] = 4 * torch.eye(4), 0.5
        second.bias.zero_()
    y = torch.arange(4).repeat(5)
    x = nn.functional.one_hot(y, 4).float()
    done = polysem.repair(model, "1", data=[(x, y)], loss=entropy, steps=0, further=0)
    assert done.to_dicts()[0]["polysemantic"] == 2
    assert done.to_dicts()[0]["polysemantic_repaired"] == 0
    made: nn.Module = done.model
    assert torch.allclose(made(x), model(x))
