"""A diagnosis as a folder: read back it is the same, and shows the same page and figure."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._diagnose.store import plain


def weights(rng):
    W = rng.normal(size=(7, 5)) ** 3
    W[1, 3] = np.nan
    return polysem.diagnose(W, draws=50, names=["a, b", *"cxyzuv"])


def recording(rng):
    y = np.c_[(rng.random((80, 2)) < 0.4).astype(float), rng.normal(size=80)]
    x = rng.normal(size=(80, 4)) + 2 * y @ rng.normal(size=(3, 4))
    x[:, 2] = 1
    return polysem.diagnose(activations=x, labels=y, names=["a, b", "</td>", "ü\u202e"], draws=50)


def live(rng):
    up, down = nn.Linear(4, 3, bias=False), nn.Linear(3, 4, bias=False)
    with torch.no_grad():
        for layer in (up, down):
            layer.weight.zero_()
        for feature, neuron in ((0, 0), (1, 0), (2, 1), (3, 2)):
            up.weight[neuron, feature] = down.weight[feature, neuron] = 1
    net = nn.Sequential(up, nn.ReLU(), down)
    x = torch.eye(4).repeat(3, 1)

    def loss(model, inputs, labels):
        return (model(inputs) - labels).square().sum(-1).mean()

    return polysem.diagnose(
        net, site="1", data=[(x, x)], loss=loss, features="both", exact=True, horizon=10, draws=20
    )


@pytest.mark.parametrize("make", [weights, recording, live])
def test_what_is_read_back_is_what_was_saved(make, rng, tmp_path):
    saved = make(rng)
    found = polysem.load(saved.save(tmp_path / "d"))
    assert found.findings == saved.findings
    assert found.summary() == saved.summary()
    assert found.problems == saved.problems
    assert plain(found.nulls) == plain(saved.nulls)
    assert plain(found.origin) == plain(saved.origin)
    assert plain(found.capacity) == plain(saved.capacity)
    assert plain(found.profile) == plain(saved.profile)
    assert found.settings == saved.settings
    first, second = tmp_path / "1.html", tmp_path / "2.html"
    assert saved.report(first).read_bytes() != b""
    found.report(second)
    cut = [p.read_text().partition('id="figures"')[0] for p in (first, second)]
    assert cut[0] == cut[1]


def test_infinities_survive(rng, tmp_path):
    saved = live(rng)
    assert saved.origin is not None
    removal = saved.origin.removals
    assert removal, "this seed has polysemantic neurons"
    from dataclasses import replace

    broken = replace(removal[0], cost=float("inf"), each=(float("inf"), 1.0))
    saved = replace(saved, origin=replace(saved.origin, removals=(broken,)))
    found = polysem.load(saved.save(tmp_path / "d"))
    assert found.origin.removals == (broken,)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: (d / "diagnosis.json").write_text("{"), "missing or damaged"),
        (lambda d: (d / "neurons.parquet").write_bytes(b"x"), "not a whole Parquet file"),
        (lambda d: (d / "features.parquet").unlink(), "not a whole Parquet file"),
        (lambda d: (d / "capacity.safetensors").write_bytes(b"x"), "not a whole safetensors file"),
        (lambda d: _edit(d, "nulls", [{"no": 1}]), "holds no whole diagnosis"),
        (lambda d: _edit(d, "version", 99), "written by a newer Polysem"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_sentence(spoil, said, rng, tmp_path):
    folder = weights(rng).save(tmp_path / "d")
    spoil(folder)
    with pytest.raises(BadInput, match=said):
        polysem.load(folder)


def _edit(folder, name, value):
    path = folder / "diagnosis.json"
    stored = json.loads(path.read_text())
    stored["stored"][name] = value
    path.write_text(json.dumps(stored))
