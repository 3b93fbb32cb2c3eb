"""`polysem.prevent` on one's own model: paired trainings, the same table, figure and page."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._cli import run as command
from polysem._diagnose.origin.removal import occupants
from polysem._repair.modules.apply import Penalised, noisy
from polysem._repair.modules.training import Training
from polysem._repair.prevent.noise import Noise

torch.manual_seed(0)
Y = torch.arange(4).repeat(16)
X = nn.functional.one_hot(Y, 4).float() + 0.2 * torch.randn(64, 4)


def make(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 4))


def train(model: Any, loss, seed):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(30):
        optimiser.zero_grad()
        loss(model, X, Y).backward()
        optimiser.step()


def entropy(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels)


def accuracy(model, inputs, labels):
    return (model(inputs).argmax(-1) == labels).float().mean()


def mine() -> dict[str, Any]:
    return {"make": make, "train": train, "loss": entropy, "data": [(X, Y)], "site": "1",
            "metric": accuracy}  # fmt: skip


@pytest.fixture(scope="module")
def compared():
    said = mine()
    return polysem.prevent(
        said.pop("make"), **said, seeds=5, methods=["disjoint", "repair", "more_neurons"]
    )


def test_the_plain_arm_is_what_the_user_would_have_trained(compared):
    model = make(3)
    train(model, entropy, 3)
    found = compared.plain.models[3].state_dict()
    assert all(torch.equal(found[name], w) for name, w in model.state_dict().items())
    row = next(r for r in compared.rows.to_dicts() if r["method"] == "plain" and r["seed"] == 3)
    with torch.no_grad():
        loss = float(entropy(model, X, Y))
    assert row["loss"] == pytest.approx(loss)
    assert row["metric"] == pytest.approx(float(accuracy(model, X, Y)))
    training = Training.of(make, {k: v for k, v in mine().items() if k != "make"})
    assert row["polysemantic"] == len(occupants(training.network(model)))


def test_methods_and_their_shams_are_paired_on_the_seeds(compared):
    assert [arm.name for arm in compared.arms] == [
        "plain", "disjoint", "repair", "more_neurons", "repair_sham",
    ]  # fmt: skip
    rows = {
        (r["method"], r["against"], r["stage"]): r
        for r in compared.to_dicts()
        if r["measure"] == "polysemantic"
    }
    assert rows["repair", "repair_sham", "end"]["high"] < 0
    assert rows["repair", "plain", "after"]["pairs"] == 5
    assert compared["more_neurons"].models[0][0].out_features == 40
    counts = [r["polysemantic"] for r in compared.rows.to_dicts() if r["stage"] == "end"]
    assert len(counts) == 25


def test_the_start_is_the_methods_own():
    seen = {}

    def look(model: Any, loss, seed):
        seen[seed] = model[2].weight.detach().clone()

    said: dict[str, Any] = mine() | {"train": look}
    polysem.prevent(said.pop("make"), **said, seeds=2, methods=["disjoint"], further=False)
    for W in seen.values():  # the last arm's start: every class on two neurons of its own
        assert (W != 0).sum(0).max() == 1
        assert (W != 0).sum(1).tolist() == [2] * 4


def test_the_cost_of_negative_overlaps_by_hand():
    training = Training.of(make, {k: v for k, v in mine().items() if k != "make"})
    model = make(1)
    W = dict(model.named_parameters())["2.weight"].detach().numpy()
    by_hand = sum(min(W[i] @ W[j], 0) ** 2 for i in range(4) for j in range(4) if i != j)
    loss = Penalised(training, model, 0.5)
    with torch.no_grad():
        more = float(loss(model, X, Y) - entropy(model, X, Y))
    assert more == pytest.approx(0.5 * by_hand, rel=1e-3)


def test_noise_is_added_in_training_only_and_leaves_no_hook():
    training = Training.of(make, {k: v for k, v in mine().items() if k != "make"})
    model: Any = make(1)
    clean = model(X)
    with noisy(model, Noise(std=0.5), training, 0):
        assert torch.equal(model.eval()(X), clean)
        assert not torch.equal(model.train()(X), clean)
    assert torch.equal(model(X), clean)


def test_folder_command_and_report(tmp_path, capsys):
    words = ["prevent", f"{__name__}:mine", "--seeds", "5", "--method", "repair", "--quiet"]
    assert command([*words, "--out", str(tmp_path / "o"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in said["methods"]] == ["repair", "repair_sham"]
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert "Polysemantic neurons against loss" in page
    assert "repair_sham" in page
    kept = polysem.load(tmp_path / "o")
    assert kept.to_dicts() == said["effects"]
    (tmp_path / "o" / "report.html").unlink()
    assert command(["report", str(tmp_path / "o")]) == 0
    assert (tmp_path / "o" / "report.html").is_file()
    capsys.readouterr()
    assert command([*words, "--out", str(tmp_path / "o")]) == 2
    assert "not empty" in capsys.readouterr().err
    assert command(["prevent", f"{__name__}:accuracy"]) == 2
    assert command(["prevent", "nowhere:mine"]) == 2
    assert "cannot be imported" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"methods": ["leak"]}, "use negative_overlap"),
        ({"methods": ["delayed"]}, "your own train function"),
        ({"methods": [{"kind": "disjoint", "k": 9}]}, "to themselves"),
        ({"train": None}, "needs train"),
        ({"data": None}, "needs data"),
        ({"nonsense": 1}, "Unknown setting 'nonsense'"),
        ({"site": "nowhere"}, "no site 'nowhere'"),
        ({"n": 3}, "belong to Polysem's own"),
        ({"seeds": 0}, "seeds = 0"),
        ({"features": "all"}, "features = 'all'"),
        ({"make": lambda seed: 3}, "must return a torch.nn.Module"),
    ],
)
def test_refusals_are_one_sentence_before_anything_is_trained(given, words):
    def fail(*_):
        raise AssertionError("it was trained")

    said: dict[str, Any] = mine() | {"train": fail} | given
    with pytest.raises(BadInput, match=words) as caught:
        polysem.prevent(said.pop("make"), **said)
    assert "\n" not in str(caught.value)


def test_a_model_that_diverges_is_left_out_with_the_reason():
    def diverge(model, loss, seed):
        train(model, loss, seed)
        if seed == 2:
            with torch.no_grad():
                model[2].weight.fill_(float("nan"))

    said: dict[str, Any] = mine() | {"train": diverge}
    done = polysem.prevent(said.pop("make"), **said, seeds=6, methods=["disjoint"], further=False)
    assert {(r["seed"], r["outcome"]) for r in done.excluded} == {(2, "diverged")}
    assert {r["pairs"] for r in done.to_dicts() if r["measure"] == "loss"} == {5}
    assert np.isfinite([r["effect"] for r in done.to_dicts() if r["measure"] == "loss"]).all()
