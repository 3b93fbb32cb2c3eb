"""Live models with their loss: any pair of linear layers, against slow twins and by hand."""

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._diagnose.origin.enumerated import (
    UNTIED_BESIDE,
    UNTIED_WIRES,
    EnumeratedNetwork,
    untied,
)
from polysem._diagnose.origin.linears import linears_around
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.moves import best_moves
from polysem._diagnose.origin.network import joined, stacked
from polysem._diagnose.origin.removal import measure_removals, occupants
from polysem._diagnose.origin.retrain import Horizon, retrain


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def shared(spare):
    """Four features through ReLU, feature 0 and 1 on one neuron; `spare` free neurons.

    Each feature i has a neuron i, but 0 and 1 share neuron 0: a one-hot input 0 or 1 gives ½ in
    both outputs.
    """
    m = 3 + spare
    encoder, decoder = torch.zeros(m, 4), torch.zeros(4, m)
    for feature, neuron in ((0, 0), (1, 0), (2, 1), (3, 2)):
        encoder[neuron, feature] = 1
        decoder[feature, neuron] = 1 if feature > 1 else 0.5
    first, second = nn.Linear(4, m), nn.Linear(m, 4)
    with torch.no_grad():
        for layer, weights in ((first, encoder), (second, decoder)):
            layer.weight.copy_(weights)
            layer.bias.zero_()
    return nn.Sequential(first, nn.ReLU(), second)


DATA = [(torch.eye(4), torch.eye(4))]


def network(spare=1, batches=DATA, **options):
    return ModuleNetwork(shared(spare), "0", "2", squares, batches, "both", **options)


def test_batched_losses_are_those_of_a_plain_loop(rng):
    net = network(batches=[(torch.eye(4), torch.eye(4)), (torch.ones(2, 4), torch.zeros(2, 4))])
    copies = stacked(net.parameters(), 3)
    copies = {n: v + torch.from_numpy(rng.normal(size=v.shape)).float() for n, v in copies.items()}
    found = net.losses(copies)
    for place, batch in enumerate(net.batches):
        assert torch.allclose(found[:, place], net.one_by_one(copies, batch), atol=1e-6)


def test_worth_is_the_loss_of_silence_over_the_features():
    assert network().worth == pytest.approx(1 / 4)  # mean over inputs of ‖e_i‖² = 1, 4 features


def test_who_shares_and_what_the_first_move_is():
    net = network(spare=1)
    assert occupants(net) == {0: [0, 1]}
    best = best_moves(net, 0, [0, 1])[0]
    assert best.homes == (((1, 3)),) or best.homes == (((0, 3)),)
    # With a home of its own each feature is written at ½: error 2·¼ over 4 inputs.
    assert best.loss == pytest.approx(2 * 0.25 / 4, abs=1e-6)


def test_a_spare_neuron_makes_it_cheaper_than_none():
    """One-hot data need only 3 neurons with a bias, so both are cheap; the spare one at least."""
    (with_spare,) = measure_removals(network(1, exact=True), Horizon())
    assert with_spare.cost <= 0.02
    assert with_spare.count_falls >= 1
    assert with_spare.error == 0


def test_masks_hold_in_both_layers_through_retraining():
    net = network()
    moves = best_moves(net, 0, [0, 1], most=8)
    after = retrain(
        net,
        joined([m.parameters for m in moves]),
        torch.stack([m.mask for m in moves]),
        Horizon(steps=5),
        0,
    )
    for copy, move in enumerate(moves):
        off = [f for f in range(4) if f != move.keep]
        assert not after["0.weight"][copy, 0, off].any()
        assert not after["2.weight"][copy, off, 0].any()
        assert after["0.weight"][copy].any()


def test_the_module_and_the_listed_network_agree():
    """The same untied network written twice: as a torch module and as matrices."""
    net = shared(1)
    held = net.state_dict()
    listed = EnumeratedNetwork(
        {
            "encoder": held["0.weight"].T.contiguous(),
            "decoder": held["2.weight"].T.contiguous(),
            "bias": held["0.bias"],
            "out_bias": held["2.bias"],
        },
        untied("relu"),
        UNTIED_WIRES,
        torch.eye(4),
        torch.eye(4),
        torch.full((4,), 0.25),
        beside=UNTIED_BESIDE,
    )
    module = ModuleNetwork(
        nn.Sequential(*net, nn.ReLU()), "0", "2", squares, DATA, "both", exact=True
    )
    assert listed.worth == pytest.approx(module.worth)
    one = best_moves(listed, 0, [0, 1], most=8)
    other = best_moves(module, 0, [0, 1], most=8)
    assert [m.loss for m in one] == pytest.approx([m.loss for m in other], abs=1e-6)
    assert [m.words() for m in one] == [m.words() for m in other]


def test_sampling_error_is_told_and_can_leave_it_open(rng):
    """Batches that disagree give a standard error; with a large one the verdict stays open."""
    noise = torch.from_numpy(rng.normal(size=(6, 4, 4))).float()
    net = network(spare=0, batches=[(torch.eye(4), torch.eye(4) + e) for e in noise])
    (found,) = measure_removals(net, Horizon(steps=20))
    assert found.error > 0
    assert found.low < found.cost < found.high
    again = network(spare=0, batches=[(torch.eye(4), torch.eye(4))] * 6)
    (same,) = measure_removals(again, Horizon(steps=20))
    assert same.error == pytest.approx(0, abs=1e-6)


def test_diagnose_of_a_module_gives_one_table(rng):
    x = torch.from_numpy(rng.random((200, 4)) < 0.3).float()
    data = [(x[:100], x[:100]), (x[100:], x[100:])]
    net = shared(1)
    before = {n: p.clone() for n, p in net.state_dict().items()}
    found = polysem.diagnose(
        net, site="1", data=data, loss=squares, names=list("abcd"), features="both", draws=200
    )
    rows = found.to_dicts()
    assert len(rows) == 4
    assert rows[0]["features"] in ("a, b", "b, a")
    assert rows[0]["polysemantic"]
    assert rows[0]["score_p"] == pytest.approx(1 / 201)
    assert rows[0]["cost_low"] <= rows[0]["cost"] <= rows[0]["cost_high"]
    assert rows[1]["verdict"] == "not polysemantic"
    assert rows[3]["verdict"] == "not assessable"
    assert all(torch.equal(p, before[n]) for n, p in net.state_dict().items())
    assert "polysemantic" in str(found)
    without = polysem.diagnose(net, site="1", data=data, draws=50)
    assert without.to_dicts()[0]["verdict"] == "cannot be told"


def test_streamed_and_in_memory_agree(rng, monkeypatch):
    import polysem._diagnose.live_tier as tier

    x = torch.from_numpy(rng.random((4000, 4)) < 0.3).float()
    data = [(x[i : i + 1000], x[i : i + 1000]) for i in range(0, 4000, 1000)]
    net = shared(0)
    whole = polysem.diagnose(net, site="1", data=data, draws=50).to_dicts()
    monkeypatch.setattr(tier, "IN_MEMORY", 10)
    streamed = polysem.diagnose(net, site="1", data=data).to_dicts()
    for one, other in zip(whole, streamed, strict=True):
        assert one["polysemantic"] == other["polysemantic"]
        assert set(one["features"].split(", ")) == set(other["features"].split(", "))
        assert other["selectivity"] == pytest.approx(one["selectivity"], abs=0.02)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loss": squares}, "A loss needs data"),
        ({"data": DATA, "site": "1", "loss": squares, "encoder": "1"}, "no linear layer '1'"),
        ({"data": DATA, "site": "2", "loss": squares}, "not clear; give encoder and decoder"),
        ({"data": DATA, "site": "1", "horizn": 5}, "did you mean 'horizon'"),
        ({"data": DATA, "site": "1", "loss": lambda *_: torch.tensor(torch.nan)}, "one finite"),
    ],
)
def test_bad_input(options, said):
    many = {k: v for k, v in options.items() if k != "data"}
    if "data" in options:
        x = torch.eye(4).repeat(3, 1)
        many["data"] = [(x, x)]
    with pytest.raises(BadInput, match=said):
        polysem.diagnose(shared(1), **many)


def test_linear_layers_around_a_site():
    assert linears_around(shared(1), "1") == ("0", "2")
    with pytest.raises(BadInput, match=r"0 \(4, 4\)"):
        linears_around(nn.Sequential(nn.Linear(4, 4)), "0")


def test_a_wire_weight_shape_is_the_layers():
    net = network()
    assert net.wires[0].view(net.parameters()).shape == (4, 4)
    assert np.array_equal(net.parameters()["2.weight"].shape, (4, 4))
