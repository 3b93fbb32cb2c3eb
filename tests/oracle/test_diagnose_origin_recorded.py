"""Origin of neurons that are polysemantic by recordings alone: planted layers and slow twins."""

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.copies import Bar
from polysem._diagnose.origin.impurity import impurity
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.network import represented
from polysem._diagnose.origin.recorded import Purification, _Test, measure_recorded, one_of
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.shams import measure_shams
from polysem._diagnose.origin.verdict import verdict

HORIZON = Horizon(steps=100, rate=0.01)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def planted(phi):
    """Four features, each on a neuron of its own; a fifth neuron reads 0 and 1 and writes a little
    of 0 alone: by its weights it carries one feature, by its recordings two. It is not needed."""
    first, second = nn.Linear(4, 5), nn.Linear(5, 4)
    with torch.no_grad():
        first.weight.zero_()
        second.weight.zero_()
        first.bias.zero_()
        second.bias.zero_()
        first.weight[:4], second.weight[:, :4] = torch.eye(4), torch.eye(4)
        first.weight[4, :2] = 1
        second.weight[0, 4] = 0.02
    return nn.Sequential(first, phi, second)


def on(samples=160, seed=0):
    """Four features, each on in a third of the samples, independently."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(samples, 4, generator=generator) < 1 / 3).float()


def batches(x, labels=None, parts=2):
    """With noise on the inputs: without, ranks would tell the least weight that is left."""
    labels = x if labels is None else labels
    x = x + 0.2 * torch.randn(x.shape, generator=torch.Generator().manual_seed(9))
    return list(zip(x.chunk(parts), labels.chunk(parts), strict=True))


def site(model, data, **how):
    network = ModuleNetwork(model, "0", "2", squares, data, "outputs", **how)
    features = data[0][1].shape[1]
    return network, Activity(network.model, "1", network.batches, features, False)


@pytest.mark.parametrize("phi", [nn.ReLU(), nn.GELU(), nn.LeakyReLU(0.3)], ids=str)
def test_a_neuron_that_nothing_needs_is_removable(phi):
    model = planted(phi)
    network, activity = site(model, batches(on()))
    assert not (represented(network, network.parameters()).sum(0) >= 2).any()
    assert activity.several(network.parameters()) == {4}
    (found,) = measure_recorded(network, activity, [4], HORIZON)
    assert verdict(found) == "removable"
    assert found.by == "recordings"
    assert found.count_falls >= 1
    assert found.unreached == 0


def summed(model, inputs, labels):
    return (model(inputs)[:, 0] - labels[:, 0] - labels[:, 1]).square().mean()


def test_the_only_neuron_of_two_features_is_not_removable():
    """One neuron, one output, two features to be added up: responding to one of them loses half."""
    first, second = nn.Linear(2, 1), nn.Linear(1, 1)
    with torch.no_grad():
        first.weight.fill_(1)
        second.weight.fill_(1)
        first.bias.zero_()
        second.bias.zero_()
    model, x = nn.Sequential(first, nn.ReLU(), second), on()[:, :2]
    data = batches(x)
    found = polysem.diagnose(model, site="1", data=data, loss=summed, draws=20, horizon=100)
    (row,) = found.findings
    assert row.polysemantic
    assert row.verdict in ("necessary", "horizon-dependent")
    assert row.cost is None or row.cost > 0.02
    assert "no origin was tested" not in row.evidence
    assert row.probability is None


def test_what_the_penalty_does_not_make_pure_is_not_called_necessary():
    model = planted(nn.ReLU())
    network, activity = site(model, batches(on()))
    (found,) = measure_recorded(network, activity, [4], Horizon(steps=1, rate=1e-6, jitter=0))
    assert found.unreached == len(found.each)
    assert found.cost == float("inf")
    assert verdict(found) == "horizon-dependent"


def test_a_count_that_the_sham_raises_has_not_fallen(monkeypatch):
    """Where the sham becomes worse than the layer is, a move must beat the layer as it is."""
    network, activity = site(planted(nn.ReLU()), batches(on()))
    (before,) = measure_recorded(network, activity, [4], HORIZON)
    assert before.count_falls == 1
    several = Activity.several

    def more(self, parameters, among=None):  # one more than there is after every retraining
        found = several(self, parameters, among)
        trained = not torch.equal(parameters["0.weight"], network.parameters()["0.weight"])
        return found | {9} if trained and among is None else found

    monkeypatch.setattr(Activity, "several", more)
    (after,) = measure_recorded(network, activity, [4], HORIZON)
    assert after.count_falls < 1
    assert after.unreached == len(after.each)


def test_copies_retrained_together_are_those_retrained_alone():
    model = planted(nn.ReLU())
    network, activity = site(model, batches(on()))
    test = _Test(network, activity, HORIZON, measure_shams(network, HORIZON, (0, 1)), Bar(None))
    moves = [Purification(4, 0, True), Purification(4, 1, False), Purification(2, 2, True)]
    together = test.purified(moves, 3)
    for place, move in enumerate(moves):
        alone = one_of(test.purified([move], 3), 0)
        for name, values in one_of(together, place).items():
            assert torch.allclose(values, alone[name], atol=1e-4), (move, name)
    apart = together["0.weight"][0, 4] - together["0.weight"][1, 4]
    assert float(apart.abs().max()) > 0.05  # one keeps feature 0, the other feature 1


def test_the_slope_of_the_impurity_is_that_of_finite_differences():
    """Along changes that keep the spread of each neuron, which the smoothing is scaled by."""
    generator = torch.Generator().manual_seed(1)
    y = torch.eye(4, dtype=torch.float64)[torch.arange(80) % 4]
    y[:, 1] = torch.maximum(y[:, 1], y[:, 0] * (torch.arange(80) % 3 > 0))
    a = torch.rand(80, 3, generator=generator, dtype=torch.float64) + y[:, [0]] + 0.8 * y[:, [2]]
    keep, related = torch.tensor([0, 2, 1]), torch.zeros(4, 4, dtype=torch.bool)
    a.requires_grad_()

    def cost(values):
        return impurity(values, y, keep, related, 0.15).sum()

    assert cost(a).item() > 0.01
    (slope,) = torch.autograd.grad(cost(a), a)
    centred = a.detach() - a.detach().mean(0)
    for seed in range(5):
        way = torch.randn(80, 3, generator=generator, dtype=torch.float64)
        way -= centred * (way * centred).sum(0) / centred.square().sum(0)
        step = 1e-5
        with torch.no_grad():
            wanted = float(cost(a + step * way) - cost(a - step * way)) / (2 * step)
        assert float((slope * way).sum()) == pytest.approx(wanted, rel=1e-3, abs=1e-6), seed


def test_a_neuron_of_one_class_of_three_is_pure():
    """AUROC sees the other two as well; with the first held equal they are nothing."""
    y = torch.eye(3)[torch.arange(90) % 3]
    generator = torch.Generator().manual_seed(0)
    a = y[:, [0]] + 0.05 * torch.rand(90, 1, generator=generator)
    none = torch.zeros(3, 3, dtype=torch.bool)
    assert float(impurity(a, y, torch.tensor([0]), none, 0.15)) < 1e-3
    assert float(impurity(a, y, torch.tensor([1]), none, 0.15)) > 0.01


def test_related_features_may_stay_together():
    y = torch.eye(4)[torch.arange(80) % 4]
    a = y[:, [0]] + y[:, [1]] + 0.01 * torch.arange(80)[:, None] / 80
    related = torch.zeros(4, 4, dtype=torch.bool)
    apart = float(impurity(a, y, torch.tensor([0]), related, 0.15))
    related[0, 1] = related[1, 0] = True
    assert float(impurity(a, y, torch.tensor([0]), related, 0.15)) < apart / 2


def test_the_count_without_rows_is_the_count_of_the_rows(rng):
    x = on()
    for _ in range(5):
        model = planted(nn.ReLU())
        first = model.get_parameter("0.weight")
        with torch.no_grad():
            first += torch.from_numpy(0.5 * rng.normal(size=(5, 4))).float()
        network, activity = site(model, batches(x))
        rows = activity.rows(network.parameters())
        wanted = {row.neuron for row in rows if row.polysemantic}
        assert activity.several(network.parameters()) == wanted
        assert activity.several(network.parameters(), [1, 2]) == wanted & {1, 2}


def test_class_numbers_and_columns_give_the_same_diagnosis():
    torch.manual_seed(0)
    y = torch.arange(3).repeat(30)
    x = torch.eye(3)[y] + 0.2 * torch.randn(90, 3)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 3))

    def by_number(model, inputs, labels):
        return nn.functional.cross_entropy(model(inputs), labels)

    def by_column(model, inputs, labels):
        return nn.functional.cross_entropy(model(inputs), labels.argmax(-1))

    how = {"site": "1", "draws": 20, "horizon": 20, "together": False}
    one = polysem.diagnose(model, data=[(x, y)], loss=by_number, **how)
    columns = nn.functional.one_hot(y, 3)
    other = polysem.diagnose(model, data=[(x, columns)], loss=by_column, **how)
    assert one.to_dicts() == other.to_dicts()
    assert one.polysemantic
    assert all("no origin was tested" not in row.evidence for row in one.findings)


def test_labels_that_do_not_say_which_features_are_on_keep_the_words():
    model, x = planted(nn.ReLU()), on()
    real = x + 0.1 * torch.from_numpy(np.random.default_rng(0).normal(size=x.shape)).float()
    how = {"site": "1", "draws": 20, "horizon": 20, "loss": squares}
    found = polysem.diagnose(model, data=batches(x, real), **how)
    assert "no origin was tested" in found.findings[4].evidence
    off = polysem.diagnose(model, data=batches(x), recordings=False, **how)
    assert "no origin was tested" in off.findings[4].evidence
