"""A model alone, without data and loss: its weights, and the score of what they imply."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import polysem
from polysem import BadInput
from polysem._cli import run


def autoencoder(seed=0, n=12, m=9, deep=False):
    """A trained ReLU autoencoder of one-hot inputs, one hidden layer or two."""
    torch.manual_seed(seed)
    first, last, eye = nn.Linear(n, m), nn.Linear(m, n), torch.eye(n)
    middle = [nn.Linear(m, m), nn.ReLU()] if deep else []
    model = nn.Sequential(first, nn.ReLU(), *middle, last, nn.ReLU())
    nn.init.constant_(last.bias, 0.3)
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(600):
        optimiser.zero_grad()
        penalty = first.weight.abs().sum() + last.weight.abs().sum()
        ((model(eye) - eye).square().sum() + 0.005 * penalty).backward()
        optimiser.step()
    return model


@pytest.fixture(scope="module")
def single():
    return autoencoder()


@pytest.fixture(scope="module")
def deep():
    return autoencoder(deep=True)


def evened(model):
    """The same function, every neuron's in- and out-weights of equal norms."""
    with torch.no_grad():
        into, out = model[0].weight, model[2].weight
        even = (out.norm(dim=0) / into.norm(dim=1)).sqrt()
        into.mul_(even[:, None])
        model[0].bias.mul_(even)
        out.div_(even)
    return model


def test_a_model_and_its_arrays_are_told_alike():
    model = evened(autoencoder(1))
    found = polysem.diagnose(model, site="1", draws=20)
    sides: dict[str, Any] = {
        "outgoing": model[2].weight.T,
        "bias": model[0].bias,
        "outgoing_bias": model[2].bias,
    }
    arrays = polysem.diagnose(model[0].weight.T, **sides, draws=20)
    assert found.tier == arrays.tier == "weights"
    assert sum(r["polysemantic"] for r in found.to_dicts()) >= 2
    for one, other in zip(found.to_dicts(), arrays.to_dicts(), strict=True):
        assert one["features"] == other["features"]
        assert one["verdict"] == other["verdict"]
        if one["probability"] is not None:
            assert one["probability"] == pytest.approx(other["probability"], abs=1e-3)
            assert "the weaker evidence" in one["evidence"]


def test_what_lies_between_the_layer_and_the_features_counts(deep):
    """The same first layer, once with the model behind it and once by its encodings."""
    whole = polysem.diagnose(deep, site="1", draws=20).to_dicts()
    alone = polysem.diagnose(deep[0].weight.T, draws=20).to_dicts()
    assert [r["features"] for r in whole] == [r["features"] for r in alone]
    assert any(r["polysemantic"] for r in whole)
    assert [r["probability"] for r in whole] != [r["probability"] for r in alone]


def test_either_end_of_a_deep_model_is_read_by_the_side_that_is_its_own(deep):
    first = polysem.diagnose(deep, site="1", draws=5)
    second = polysem.diagnose(deep, site="3", draws=5)
    assert first.source == "Sequential, site 1: weights of 12 features on 9 neurons"
    for found, W in ((first, deep[0].weight.T), (second, deep[4].weight)):
        rows = polysem.diagnose(W, draws=5).to_dicts()
        assert [r["features"] for r in found.to_dicts()] == [r["features"] for r in rows]
    given = polysem.diagnose(deep, site="3", encoder="2", decoder="4", features="outputs", draws=5)
    assert given.to_dicts() == second.to_dicts()


def test_the_model_is_left_as_it_was(single):
    single.train()
    before = {n: v.clone() for n, v in single.state_dict().items()}
    polysem.diagnose(single, site="1", draws=5)
    assert single.training
    assert all(torch.equal(before[n], v) for n, v in single.state_dict().items())
    assert all(p.requires_grad for p in single.parameters())


def test_dropout_is_off(single):
    model = nn.Sequential(*single[:2], nn.Dropout(0.5), *single[2:]).train()
    found = polysem.diagnose(model, site="1", draws=5).to_dicts()
    assert found == polysem.diagnose(single, site="1", draws=5).to_dicts()


def test_half_precision_frozen_weights_and_names_do_as_well(single):
    plain = polysem.diagnose(single, site="1", draws=5).to_dicts()
    model = autoencoder()
    for p in model.parameters():
        p.requires_grad_(False)
    names = [f"f{i}" for i in range(12)]
    frozen = polysem.diagnose(model, site="1", draws=5, names=names).to_dicts()
    assert [r["probability"] for r in frozen] == [r["probability"] for r in plain]
    held = [r["features"].split(", ") for r in plain if r["features"]]
    assert [r["features"].split(", ") for r in frozen if r["features"]] == [
        [f"f{i}" for i in row] for row in held
    ]
    half = polysem.diagnose(model.half(), site="1", draws=5).to_dicts()
    assert [r["features"] for r in half] == [r["features"] for r in plain]


class Looks(nn.Module):
    """A model that looks at its values, so that no copies of it can be mapped."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        y = self.inner(x)
        return y if float(y.sum()) > -1 else -y


def test_a_model_that_looks_at_its_values_is_asked_copy_by_copy(single):
    found = polysem.diagnose(Looks(single), site="inner.1", draws=5).to_dicts()
    plain = polysem.diagnose(single, site="1", draws=5).to_dicts()
    for one, other in zip(found, plain, strict=True):
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)


def shared():
    model = autoencoder(n=9)
    model[2].weight = model[0].weight
    return model


def normed():
    model = autoencoder()
    parametrizations.weight_norm(model[0])
    return model


def endless():
    model = autoencoder()
    nn.init.constant_(model.get_parameter("2.bias"), torch.nan)
    return model


def image():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())


def classifier():
    return nn.Sequential(nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 3))


class Overwrites(Looks):
    """A model that changes what it is given."""

    def forward(self, x):
        x.mul_(1.5)
        return self.inner(x / 1.5)


def test_a_model_may_overwrite_its_inputs(single):
    found = polysem.diagnose(Overwrites(single), site="inner.1", draws=5).to_dicts()
    plain = polysem.diagnose(single, site="1", draws=5).to_dicts()
    for one, other in zip(found, plain, strict=True):
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)


class Named(Looks):
    def forward(self, x):
        return {"y": self.inner(x)}


def named():
    return Named(autoencoder())


def lazy():
    return nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.Linear(3, 4))


def three_deep():
    layers = [nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5))


@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        (autoencoder, {}, r"No site was given; candidates .*0 \(12, 9\)"),
        (autoencoder, {"site": "9"}, "no site '9'"),
        (autoencoder, {"site": "3"}, "not clear; give encoder and decoder"),
        (image, {"site": "1"}, "needs linear layers, and this one has none; give data"),
        (classifier, {"site": "1"}, r"must give its 12 inputs back, .*\(12, 3\) for 12 samples"),
        (named, {"site": "inner.1"}, "must give a tensor for its inputs, and this one gives dict"),
        (lazy, {"site": "1"}, "weights of no shape yet"),
        (three_deep, {"site": "3"}, "next to neither its inputs nor its outputs"),
        (shared, {"site": "1"}, "'0.weight' is shared with '2.weight'"),
        (normed, {"site": "1"}, "'0.weight' is computed from other parameters"),
        (endless, {"site": "1"}, "gives NaN or infinity"),
        (three_deep, {"site": "3", "features": "inputs"}, "next to neither"),
        (
            three_deep,
            {"site": "1", "features": "both"},
            "'both' is not what .* 'inputs'",
        ),
        (autoencoder, {"site": "1", "names": ["a"]}, "names"),
        (autoencoder, {"site": "1", "loss": lambda *_: 0}, "A loss needs data"),
    ],
)
def test_bad_input(make, options, said):
    with pytest.raises(BadInput, match=said):
        polysem.diagnose(make(), **options, draws=5)


def test_from_the_command_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.py").write_text(
        "import torch\nfrom torch import nn\n\n\ndef job():\n    torch.manual_seed(0)\n"
        "    layers = nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)\n"
        "    return {'model': nn.Sequential(*layers), 'site': '1'}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run(["diagnose", "mine:job", "--draws", "5"]) == 0
    assert "weights of 4 features on 6 neurons" in capsys.readouterr().out


def test_features_are_the_models_inputs(single):
    with pytest.raises(BadInput, match="relatedness knows 3 features"):
        related = polysem.Relatedness.from_similarity(np.eye(3))
        polysem.diagnose(single, site="1", related=related)
