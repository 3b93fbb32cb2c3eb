"""The tiers without a model: weights, activations with labels; one table for all."""

import json

import numpy as np
import pytest

import polysem
from polysem import BadInput
from polysem._census import rule_named, take_census
from polysem._diagnose.rows import KINDS
from polysem._diagnose.selectivity.relatedness import Relatedness


def recording(rng, samples=400):
    """Neuron 0 answers to a and b, neuron 1 to c, neuron 2 to nothing, neuron 3 is constant."""
    y = (rng.random((samples, 3)) < 0.4).astype(float)
    x = rng.normal(size=(samples, 4))
    x[:, 0] += 2 * y[:, 0] + 2 * y[:, 1]
    x[:, 1] -= 3 * y[:, 2]
    x[:, 3] = 7
    return x, y


def test_weights_agree_with_the_census(rng):
    W = np.zeros((9, 6))
    slots = rng.permutation(12)[:9]
    W[np.arange(9), slots // 2] = np.where(slots % 2, 1, -1)
    found = polysem.diagnose(W, draws=200)
    counted = take_census(W, rule=rule_named("relative"))
    assert found.polysemantic == counted.polysemantic_neurons["neuron"].tolist()
    assert set(found.verdicts) == {"cannot be told"}
    assert found.capacity is not None
    assert found.capacity.slots.slack == -3
    assert list(found.table.columns) == list(KINDS)


def test_the_shuffle_null_of_one_neuron_is_exact_where_it_can_be_counted():
    """Two features, each on 1 of 4 neurons: a random neuron holds both with chance 1/16."""
    W = np.zeros((2, 4))
    W[:, 1] = 1, -1
    draws = 4000
    p = polysem.diagnose(W, draws=draws).to_dicts()[1]["score_p"]
    assert p == pytest.approx(1 / 16, abs=4 * (1 / 16 * 15 / 16 / draws) ** 0.5)  # 6e-5 by chance
    rows = polysem.diagnose(W, draws=draws).to_dicts()
    assert rows[0]["score_p"] == 1
    assert rows[1]["score"] == 1


def test_activations_and_labels(rng):
    x, y = recording(rng)
    found = polysem.diagnose(activations=x, labels=y, names=["a", "b", "c"], draws=300)
    rows = found.to_dicts()
    assert found.polysemantic == [0]
    assert sorted(rows[0]["features"].split(", ")) == ["a", "b"]
    assert rows[0]["score_p"] == pytest.approx(1 / 301)
    assert rows[0]["selectivity_low"] < rows[0]["selectivity"] < rows[0]["selectivity_high"]
    assert rows[1]["features"] == "c"
    assert rows[1]["strengths"].startswith("-")
    assert rows[1]["score_p"] > 0.01
    assert rows[2]["groups"] == 0
    assert rows[3]["verdict"] == "not assessable"
    assert "its activation is 7 in all 400 samples" in rows[3]["evidence"]
    assert all(row["cost"] is None for row in rows)
    assert "cannot be told without the loss" in str(found)


def test_related_features_are_not_polysemanticity(rng):
    x, y = recording(rng)
    related = Relatedness.from_similarity(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]))
    found = polysem.diagnose(activations=x, labels=y, related=related, draws=50)
    assert found.polysemantic == []
    assert found.to_dicts()[0]["evidence"] == "2 related features"


def test_noise_is_rarely_called_polysemantic(rng):
    """False alarm of this test: below 1e-6 (needs 3 of 500 neurons with two |2A−1| ≥ 0.3)."""
    x, y = rng.normal(size=(300, 500)), (rng.random((300, 3)) < 0.5).astype(float)
    found = polysem.diagnose(activations=x, labels=y, draws=20)
    assert len(found.polysemantic) <= 2


def test_files_and_a_saved_folder(rng, tmp_path):
    x, y = recording(rng)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    files = {"activations": tmp_path / "x.npy", "labels": str(tmp_path / "y.npy")}
    found = polysem.diagnose(**files, draws=50)
    assert found.to_dicts() == polysem.diagnose(activations=x, labels=y, draws=50).to_dicts()
    folder = found.save(tmp_path / "d")
    stored = json.loads((folder / "diagnosis.json").read_text())
    assert stored["counts"]["polysemantic"] == 1
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(folder / "neurons.parquet")
    assert table.equals(found.to_arrow())
    with pytest.raises(BadInput, match="not empty"):
        found.save(folder)
    found.save(folder, overwrite=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Nothing to diagnose"),
        ({"activations": np.ones((5, 2))}, "labels are missing"),
        ({"source": np.eye(3), "labels": np.eye(3)}, "not both"),
        ({"source": np.eye(3), "site": "x"}, "belong to a torch.nn.Module"),
        ({"source": np.eye(3), "threshold": 0.2}, "threshold = 0.2 is not allowed"),
        ({"source": np.eye(3), "retraining_seeds": 1}, "retraining_seeds = 1 is not allowed"),
        ({"source": np.ones(3)}, "1 axes; it must have two"),
        ({"source": "weights.pt"}, "is not a file"),
    ],
)
def test_bad_input(given, said):
    with pytest.raises(BadInput, match=said):
        polysem.diagnose(given.pop("source", None), **given)


def test_a_nan_neuron_is_a_row_and_no_crash():
    W = np.eye(4)
    W[2, 1] = np.nan
    row = polysem.diagnose(W, draws=20).to_dicts()[1]
    assert row["verdict"] == "not assessable"
    assert "NaN" in row["evidence"]


def test_a_diagnosis_writes_its_own_page(tmp_path):
    W = np.array([[1.0, 0.0, 0.0], [-0.9, 0.0, 0.0], [0.0, 1.0, 0.0]])
    page = polysem.diagnose(W).report(tmp_path / "d.html")
    text = page.read_text(encoding="utf-8")
    assert "Diagnosis" in text
    assert "<script src=" not in text
