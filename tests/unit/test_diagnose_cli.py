"""`polysem diagnose` and `polysem benchmark-origin` as a user meets them."""

import json

import numpy as np
import pytest

import polysem
from polysem._cli import run

MODEL = """
import torch
from torch import nn

def shared():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 4))
    with torch.no_grad():
        for layer in (net[0], net[2]):
            layer.bias.zero_()
            layer.weight.zero_()
        for feature, neuron in ((0, 0), (1, 0), (2, 1), (3, 2)):
            net[0].weight[neuron, feature] = net[2].weight[feature, neuron] = 1
    x = torch.eye(4).repeat(3, 1)
    loss = lambda model, inputs, labels: (model(inputs) - labels).square().sum(-1).mean()
    return {"model": net, "site": "1", "data": [(x, x)], "loss": loss, "features": "both",
            "exact": True}

def wrong():
    return 3
"""


def call(capsys, *arguments):
    code = run([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def weights(tmp_path):
    np.save(tmp_path / "w.npy", np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0]]))
    return tmp_path / "w.npy"


def test_weights_as_json_and_for_people(capsys, weights):
    code, out, _ = call(capsys, "diagnose", weights, "--json", "--quiet", "--draws", 50)
    assert code == 0
    said = json.loads(out)
    assert said["counts"]["polysemantic"] == 1
    assert said["neurons"][0]["features"] == "0, 1"
    code, out, _ = call(capsys, "diagnose", weights, "--quiet", "--draws", 50)
    assert code == 0
    assert "1 of 3 neurons are polysemantic" in out
    assert "cannot be told" in out


def test_activations_and_labels_from_files(capsys, tmp_path, rng):
    y = (rng.random((100, 2)) < 0.5).astype(float)
    np.save(tmp_path / "x.npy", rng.normal(size=(100, 3)) + 3 * y.sum(1, keepdims=True))
    np.save(tmp_path / "y.npy", y)
    code, out, _ = call(
        capsys, "diagnose", "--activations", tmp_path / "x.npy", "--labels", tmp_path / "y.npy",
        "--json", "--draws", 50,
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["counts"]["polysemantic"] == 3


def test_a_live_model_by_import_path_with_its_page(capsys, tmp_path, monkeypatch):
    (tmp_path / "mine_for_diagnose.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    code, out, _ = call(
        capsys, "diagnose", "mine_for_diagnose:shared", "--out", "d", "--quiet", "--horizon", 20
    )
    assert code == 0
    assert "Origin at the horizon of 20 Adam steps" in out
    page = (tmp_path / "d" / "report.html").read_text()
    assert "<script src" not in page
    assert (tmp_path / "d" / "figures" / "overview.svg").is_file()
    assert "Neuron 0" in page
    assert (tmp_path / "d" / "neurons.parquet").is_file()
    code, _, err = call(capsys, "diagnose", "mine_for_diagnose:shared", "--site", "7")
    assert code == 2
    assert "1 (12, 3)" in err
    code, _, err = call(capsys, "diagnose", "mine_for_diagnose:wrong")
    assert code == 2
    assert "must be a function that returns a dict with model" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.npy"], "is not a file"),
        (["no_such_module:f"], "cannot be imported"),
        ([], "Nothing to diagnose"),
        (["--activations", "x.npy"], "labels are missing"),
        (["w.npy", "--site", "a"], "--site belongs to a live model"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, said):
    code, out, err = call(capsys, "diagnose", *arguments)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not out


@pytest.fixture
def tiny_benchmark(monkeypatch):
    """Two cells of one family and one of a fresh one, in fewer and larger steps."""
    from polysem._diagnose.benchmark import family, truth
    from polysem._diagnose.benchmark.families import base
    from polysem._diagnose.origin.retrain import Horizon

    for name, steps in (("SCORED", 20), ("TRUE", 20), ("LONG", 20)):
        monkeypatch.setattr(truth, name, Horizon(steps=steps, rate=0.05))
    monkeypatch.setattr(family, "TRAINING", Horizon(steps=300, rate=0.02, jitter=0))
    cells = (family.Cell(6, 3, 0.01), family.Cell(6, 6, 0.01))
    small = family.Family("base", cells, base.FAMILY.build, base.FAMILY.start)
    monkeypatch.setattr("polysem._diagnose.benchmark.run.FAMILIES", (small,))
    unseen = family.Family("unseen", cells[:1], base.FAMILY.build, base.FAMILY.start)
    monkeypatch.setattr("polysem._diagnose.benchmark.run.FRESH", (unseen,))


def test_benchmark_origin_writes_all_it_promises(capsys, tmp_path, tiny_benchmark):
    code, out, _ = call(
        capsys, "benchmark-origin", "--out", tmp_path / "b", "--networks", 2, "--json", "--quiet",
        "--score-networks", 3,
    )  # fmt: skip
    assert code == 0
    said = json.loads(out)
    assert said["neurons"] >= 6
    assert 0 < said["removable_share"] < 1
    for name in ("rows.parquet", "calibration.json", "score.json", "figures.json", "spec.json"):
        assert (tmp_path / "b" / name).is_file()
    assert len(list((tmp_path / "b" / "cells").iterdir())) == 3
    assert said["fresh_families"]["neurons"] == said["final_state"]["fresh_families"]["neurons"] > 0
    assert said["neurons"] == said["final_state"]["neurons"]  # without the unseen family's
    score = json.loads((tmp_path / "b" / "score.json").read_text())
    assert (score["first_seed"], score["networks_per_cell"]) == (100_000, 3)
    assert score["neurons"] == said["final_state"]["fitted_on"] > 0
    assert len(list((tmp_path / "b" / "fitting").iterdir())) == 2
    code, _, err = call(capsys, "benchmark-origin", "--out", tmp_path / "c", "--families", "nix")
    assert code == 2
    assert "Unknown family 'nix'" in err


def test_benchmark_origin_refuses_seeds_below_zero(capsys, tmp_path):
    asked = ("--out", tmp_path / "c", "--seed", -1, "--families", "nix")
    code, _, err = call(capsys, "benchmark-origin", *asked)
    assert code == 2
    assert "Invalid value for '--seed'" in err


def test_a_benchmark_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    from polysem._diagnose.benchmark import run
    from polysem._diagnose.benchmark.families import base

    made = []

    def label(family, cell, seeds):
        made.append(cell)
        if len(made) == 3:
            raise KeyboardInterrupt
        return run.Labelled([{"cell": cell.words(), "seed": seeds[0]}], {cell.words(): [[1.0]]})

    monkeypatch.setattr(run, "label_cell", label)
    with pytest.raises(KeyboardInterrupt):
        run.label_families([base.FAMILY], 2, 7, store=tmp_path)
    found = run.label_families([base.FAMILY], 2, 7, store=tmp_path)
    assert list(found.encodings) == [cell.words() for cell in base.CELLS]
    assert [row["cell"] for row in found.rows] == [cell.words() for cell in base.CELLS]
    assert len(made) == len(base.CELLS) + 1  # only the stopped cell twice
    run.label_families([base.FAMILY], 2, 8, store=tmp_path)
    assert len(made) == 2 * len(base.CELLS) + 1  # other seeds are other rows


def test_networks_to_fit_on_are_kept_and_never_those_of_the_truth(tmp_path, tiny_benchmark):
    from polysem._diagnose.benchmark import fitting, run

    families = run.FAMILIES
    found = fitting.label_for_fit(families, 10, None, tmp_path)
    assert sorted(p.name.partition("seeds=")[2] for p in tmp_path.iterdir()) == [
        "100000+8.json", "100000+8.json", "100008+2.json", "100008+2.json",
    ]  # fmt: skip
    assert {row["seed"] for row in found.rows} == set(range(100_000, 100_010))
    changed = sorted(tmp_path.iterdir())[0]
    changed.write_text(changed.read_text().replace('"neuron": 0', '"neuron": 5'))
    again = fitting.label_for_fit(families, 10, None, tmp_path)
    assert again.rows != found.rows  # read, not made again
    fitting.check_apart(99_998, 2, 10)
    fitting.check_apart(100_010, 2, 10)
    fitting.check_apart(100_000, 2, 0)
    for first in (99_999, 100_009):
        with pytest.raises(polysem.BadInput, match="overlap with those"):
            fitting.check_apart(first, 2, 10)


def test_benchmark_origin_resumes_with_its_finished_cells(
    capsys, tmp_path, tiny_benchmark, monkeypatch
):
    from polysem._diagnose.benchmark import run

    real, made = run.label_cell, []

    def label(family, cell, seeds):
        made.append((family.name, cell))
        if len(made) == 2:
            raise KeyboardInterrupt
        return real(family, cell, seeds)

    monkeypatch.setattr(run, "label_cell", label)
    asked = ("benchmark-origin", "--out", tmp_path / "b", "--networks", 2, "--json", "--quiet")
    assert call(capsys, *asked)[0] == 130
    code, _, err = call(capsys, *asked)
    assert code == 2
    assert "--resume" in err
    code, _, err = call(capsys, *asked[:-3], 3, "--resume")
    assert code == 2
    assert "other settings" in err
    code, _, err = call(capsys, *asked, "--resume", "--score-networks", 1)
    assert code == 2
    assert "other settings" in err
    code, resumed, _ = call(capsys, *asked, "--resume")
    assert code == 0
    assert len(made) == 4  # three cells, the stopped one twice
    assert json.loads(resumed)["final_state"]["left_out_family"] == {}  # no trees were grown
    score = json.loads((tmp_path / "b" / "score.json").read_text())
    assert score["slope_neurons"] == json.loads(resumed)["neurons"]
    assert score["slope_networks_per_cell"] == 2
    rows = (tmp_path / "b" / "rows.parquet").read_bytes()
    code, again, _ = call(capsys, *asked, "--overwrite")
    assert code == 0
    assert len(made) == 7
    assert (tmp_path / "b" / "rows.parquet").read_bytes() == rows
    assert json.loads(again)["auc"] == json.loads(resumed)["auc"]
    damaged = sorted((tmp_path / "b" / "cells").iterdir())[0]
    damaged.write_text("{")
    code, _, err = call(capsys, *asked, "--resume")
    assert code == 2
    assert "is damaged; remove it and run with --resume" in err
