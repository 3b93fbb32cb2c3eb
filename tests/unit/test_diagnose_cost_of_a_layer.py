"""What makes the test of a layer cheap gives what the dear way gives."""

import pytest
import torch
from torch import nn

from polysem._diagnose.origin import removal
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.network import mean_losses, stacked
from polysem._diagnose.origin.ranking import best_copy
from polysem._diagnose.origin.removal import measure_removals, occupants
from polysem._diagnose.origin.retrain import Horizon, jitter, retrain


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def network(sizes=(6,) * 20):
    """A random autoencoder of five features on four neurons, with data in batches."""
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 5))
    with torch.no_grad():
        for values in model.parameters():
            values.copy_(torch.randn(values.shape, generator=generator) / 2)
    data = [torch.rand(size, 5, generator=generator) for size in sizes]
    return ModuleNetwork(model, "0", "2", squares, [(x, x) for x in data], "both")


def scattered(net, copies, size):
    generator = torch.Generator().manual_seed(5)
    found = stacked(net.parameters(), copies)
    return {n: v + size * torch.randn(v.shape, generator=generator) for n, v in found.items()}


def test_weights_that_copies_share_give_the_same_losses():
    net = network()
    own = scattered(net, 3, 0.1)
    shared = own | {"0.weight": own["0.weight"][:1].expand(3, -1, -1)}
    apart = own | {"0.weight": own["0.weight"][:1].repeat(3, 1, 1)}
    assert torch.allclose(net.losses(shared), net.losses(apart), atol=1e-6)


@pytest.mark.parametrize("sizes", [(6,) * 20, (6, 3) * 10, (6,) * 2])
def test_halving_finds_a_copy_that_is_clearly_best(sizes):
    net = network(sizes)
    copies = scattered(net, 60, 1.0)
    copies["0.weight"] = copies["0.weight"][:1].expand(60, -1, -1)
    found = best_copy(net, copies)
    order = mean_losses(net, copies).argsort()
    assert found == int(order[0])


def test_halving_passes_over_what_is_not_finite():
    net = network()
    copies = scattered(net, 20, 0.1)
    copies["2.bias"][::2] = torch.nan
    assert best_copy(net, copies) % 2 == 1


@pytest.mark.parametrize("sizes", [(6,) * 4, (6, 6, 6, 2)])
def test_seeds_together_are_seeds_one_by_one(sizes):
    """Also where a batch is shorter, so that seeds meet batches of two sizes in one step."""
    net, horizon = network(sizes), Horizon(steps=9)
    together = retrain(net, stacked(net.parameters(), 3), None, horizon, (0, 1, 7))
    for place, seed in enumerate((0, 1, 7)):
        alone = retrain(net, stacked(net.parameters(), 1), None, horizon, seed)
        for name, values in alone.items():
            assert torch.allclose(together[name][place], values[0], atol=1e-5)
    assert not torch.allclose(together["2.weight"][0], together["2.weight"][1], atol=1e-3)


def test_data_of_a_seed_are_its_own_and_not_only_its_jitter():
    net, horizon = network(), Horizon(steps=5, jitter=0)
    assert not any(values.any() for values in jitter(net, horizon, 0).values())
    after = retrain(net, stacked(net.parameters(), 2), None, horizon, (0, 1))
    assert not torch.equal(after["2.weight"][0], after["2.weight"][1])


def retrained_copies(monkeypatch, free):
    """Copies retrained for each neuron of a network, and the removals."""
    counts = []
    plain = removal.retrained

    def counted(net, options, horizon, seeds, shams, bar):
        counts.append(sum(map(len, options.values())) * len(seeds))
        return plain(net, options, horizon, seeds, shams, bar)

    monkeypatch.setattr(removal, "retrained", counted)
    found = measure_removals(pure(), Horizon(), free=free)
    return sum(counts), found


def pure():
    """Four features, two of them on neuron 0, and one neuron to spare: all inputs are listed."""
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    with torch.no_grad():
        for layer in (first, second):
            layer.weight.zero_()
            layer.bias.zero_()
        for feature, neuron in ((0, 0), (1, 0), (2, 1), (3, 2)):
            first.weight[neuron, feature] = 1
            second.weight[feature, neuron] = 1 if feature > 1 else 0.5
    model = nn.Sequential(first, nn.ReLU(), second)
    return ModuleNetwork(model, "0", "2", squares, [(torch.eye(4), torch.eye(4))], "both", True)


def test_a_neuron_clearly_free_takes_two_copies_and_the_same_verdict(monkeypatch):
    assert list(occupants(pure())) == [0]
    few, quick = retrained_copies(monkeypatch, removal.FREE)
    monkeypatch.undo()
    many, full = retrained_copies(monkeypatch, -torch.inf)
    assert few == 2
    assert many >= 6
    assert quick[0].cost <= removal.FREE
    assert full[0].cost <= quick[0].cost + 1e-6
    assert quick[0].count_falls >= 1


def test_a_neuron_that_is_not_free_keeps_all_its_moves(monkeypatch):
    few, quick = retrained_copies(monkeypatch, -1.0)
    monkeypatch.undo()
    many, full = retrained_copies(monkeypatch, -torch.inf)
    assert few == many
    assert quick == full
