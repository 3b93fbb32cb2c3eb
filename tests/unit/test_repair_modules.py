"""Repair of users' modules: splits keep the function, digits lose polysemanticity, the command."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem._cli import run as command


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


class Block(nn.Module):
    """One transformer block: attention and an MLP, with norms and skips around both."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(8), nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 8))

    def forward(self, x):
        h = self.first(x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        return x + self.mlp(self.second(x))


NETWORKS = {
    "untied": (
        lambda: nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 6)),
        ("0", "2"),
        (32, 6),
    ),
    "digits-like": (
        lambda: nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)),
        ("0", "2"),
        (40, 64),
    ),
    "transformer block": (Block, ("mlp.0", "mlp.2"), (4, 5, 8)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_split_keeps_the_function_before_retraining(name):
    make, (encoder, decoder), shape = NETWORKS[name]
    torch.manual_seed(1)
    model = make().eval()
    x = torch.randn(shape)
    with torch.no_grad():
        old = model(x)
    data = [(x, old + torch.randn_like(old))]
    done = polysem.repair(
        model, data=data, loss=squares, encoder=encoder, decoder=decoder, method="split", steps=0
    )
    row = done.to_dicts()[0]
    added = len(done.moved)
    assert row["polysemantic"] > 0
    assert added >= row["polysemantic"]
    wider = done.model.get_submodule(encoder).out_features
    assert wider == model.get_submodule(encoder).out_features + added
    with torch.no_grad():
        assert (done.model(x) - old).abs().max() <= 1e-5
    assert row["preserved"] <= 1e-5
    assert type(done.model) is type(model)


def classes() -> dict[str, Any]:
    """A small classifier of noisy one-hot patterns, trained, with its data."""
    torch.manual_seed(0)
    y = torch.arange(5).repeat(40)
    x = nn.functional.one_hot(y, 5).float() + 0.3 * torch.randn(200, 5)
    model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 5))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimiser.zero_grad()
        entropy(model, x, y).backward()
        optimiser.step()
    how = {"rate": 0.03, "activations": False}  # those have a file of their own
    return {"model": model, "site": "1", "data": [(x, y)], "loss": entropy, **how}


def entropy(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels)


@pytest.fixture(scope="module")
def repaired():
    given = classes()
    return given["model"], polysem.repair(given.pop("model"), **given)


def test_a_dense_classifier_loses_polysemanticity_at_no_loss_against_the_sham(repaired):
    row = repaired[1].to_dicts()[0]
    assert row["polysemantic"] >= 15
    assert row["polysemantic_repaired"] <= row["polysemantic"] / 2
    assert row["count_repaired"] <= row["count_sham"]
    assert row["gap"] <= 0.02


def test_the_order_of_neurons_does_not_matter(repaired):
    """Permuted neurons: as many polysemantic before, the same loss, and still no cost."""
    _, done = repaired
    given = classes()
    turn = torch.from_numpy(np.random.default_rng(3).permutation(24))
    first, last = given["model"][0], given["model"][2]
    first.load_state_dict({"weight": first.weight[turn], "bias": first.bias[turn]})
    last.load_state_dict({"weight": last.weight[:, turn], "bias": last.bias})
    given["steps"] = 0  # retraining draws its jitter neuron by neuron
    other = polysem.repair(given.pop("model"), **given).to_dicts()[0]
    same: dict[str, Any] = classes() | {"steps": 0}
    plain = polysem.repair(same.pop("model"), **same).to_dicts()[0]
    assert other["polysemantic"] == plain["polysemantic"] == done.to_dicts()[0]["polysemantic"]
    assert other["polysemantic_repaired"] == plain["polysemantic_repaired"]
    assert other["loss_repaired"] == pytest.approx(plain["loss_repaired"], rel=1e-4)


def test_the_command_repairs_a_model_and_its_folder_is_read_back(tmp_path, capsys):
    source, out = f"{__name__}:classes", tmp_path / "out"
    assert command(["repair", source, "--out", str(out), "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["networks"][0]["polysemantic"] >= 15
    (out / "report.html").unlink()
    assert command(["report", str(out)]) == 0
    assert answer["summary"][0] in (out / "report.html").read_text(encoding="utf-8")
    loaded = polysem.load(out)
    assert loaded.summary() == answer["summary"]
    assert loaded.moved.to_dicts() == answer["moved"]
    model = classes()["model"]
    model.load_state_dict({name: torch.from_numpy(w) for name, w in loaded.weights.items()})
    (out / "repair.json").write_text("{}")
    capsys.readouterr()
    assert command(["report", str(out)]) == 2
    assert "no whole repair" in capsys.readouterr().err
