"""Repair of the base model, whose answers pigeonholes give."""

import numpy as np
import pytest
import torch

import polysem
from polysem import BadInput
from polysem._network.problem import Problem
from polysem._network.rectifiers import Leaky


@pytest.fixture(scope="module")
def roomy():
    return polysem.simulate(n=24, m=24, l1=0.005, seeds=4, seed=50)


def test_with_room_everything_goes_at_no_loss_within_the_budget(roomy):
    before = roomy.end.copy()
    done = polysem.repair(roomy)
    assert np.array_equal(roomy.end, before)
    assert roomy.census.table["polysemantic"].sum() == done.removed >= 10
    assert done.model.census.table["polysemantic"].sum() == 0
    for row in done.to_dicts():
        assert row["gap"] <= 1e-6
        assert row["loss_repaired"] <= row["loss"] + 1e-6
        assert 0 < row["share"] <= 0.05
    assert len(done.moved) == done.removed
    assert type(done.model) is type(roomy)


def test_at_half_as_many_neurons_nothing_is_removed_and_no_bit_changes():
    run = polysem.simulate(n=16, m=8, l1=0.005, seeds=2, seed=3)
    done = polysem.repair(run)
    assert np.array_equal(done.model.end, run.end)
    assert len(done.moved) == 0
    assert len(done.left_alone) == run.census.table["polysemantic"].sum() == 16
    assert "none of them can be removed" in done.summary()[0]
    assert all(row["share"] <= 0.05 for row in done.to_dicts())


def test_as_many_go_as_there_are_free_neurons():
    """n = 12, m = 8, every feature on a slot of its own: 4 neurons must be shared."""
    for seed in range(3):
        slots = np.random.default_rng(seed).permutation(16)[:12]
        W = np.zeros((1, 12, 8), dtype=np.float32)
        W[0, np.arange(12), slots // 2] = np.where(slots % 2, 1, -1) * (1 - 0.005 / 8)
        done = polysem.repair(polysem.TiedAutoencoder(torch.from_numpy(W)), loss=0.005)
        row = done.to_dicts()[0]
        assert row["polysemantic_repaired"] == 4
        assert row["gap"] <= 0.02


def test_the_record_says_where_each_feature_went(roomy):
    done = polysem.repair(roomy, network=1)
    W, new = roomy.end[1], done.model.end[1]
    for row in done.moved.to_dicts():
        assert row["seed"] == roomy.seeds[1]
        assert row["kind"] == "relocate"
        f, old, home = row["feature"], row["neuron"], row["to_neuron"]
        assert abs(W[f, old]) > 0.9
        assert W[f, home] == new[f, old] == 0
        assert abs(new[f, home]) > 0.9
    others = [0, 2, 3]
    assert np.array_equal(done.model.end[others], roomy.end[others])


def test_the_same_seed_gives_the_same_bits(roomy):
    one, other = (polysem.repair(roomy, seed=4) for _ in range(2))
    assert np.array_equal(one.model.end, other.model.end)
    assert one.to_dicts() == other.to_dicts()


def test_the_repaired_network_passes_a_diagnosis_from_scratch(roomy):
    done = polysem.repair(roomy, network=0)
    assert polysem.diagnose(done.model, network=0, draws=20).polysemantic == []
    assert polysem.diagnose(roomy, network=0, draws=20, together=False).polysemantic != []


def test_leaky_outputs_gain_from_parting():
    """A negative overlap costs under a leak, so that parting lowers the loss."""
    W = torch.tensor([[[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]]])
    problem = Problem(0.001, activation=Leaky(leak=0.3))
    done = polysem.repair(polysem.TiedAutoencoder(W), loss=problem, steps=0)
    row = done.to_dicts()[0]
    assert row["polysemantic_repaired"] == 0
    assert row["gap"] < -0.1


def test_split_widens_and_keeps_outputs():
    W = torch.tensor([[[1.0, 0], [-0.9, 0], [0, 1.0]]])
    done = polysem.repair(polysem.TiedAutoencoder(W), loss=0.01, method="split", steps=0)
    x = torch.eye(3)
    assert done.model.W.shape == (1, 3, 3)
    old = polysem.TiedAutoencoder(W)(x)
    assert torch.allclose(done.model(x), old, atol=1e-6)
    assert done.to_dicts()[0]["polysemantic_repaired"] == 0
    same_sign = torch.tensor([[[1.0, 0], [0.9, 0], [0, 1.0]]])
    with pytest.raises(BadInput, match="would change an output by 0.9"):
        polysem.repair(polysem.TiedAutoencoder(same_sign), loss=0.01, method="split")


def test_rotate_finds_the_basis_that_was_turned(rng):
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    W = torch.from_numpy(turn[None, :6])
    done = polysem.repair(polysem.TiedAutoencoder(W), loss=0.01, method="rotate", steps=0)
    found = done.model.W[0].detach()
    assert torch.allclose(found @ found.T, W[0] @ W[0].T, atol=1e-5)
    assert torch.allclose(found.abs().amax(1), torch.ones(6), atol=1e-3)
    row = done.to_dicts()[0]
    assert row["count_repaired"] == 0 < row["count"]
    assert row["loss_repaired"] < row["loss_sham"]


def test_runs_that_do_not_keep_all_they_are_refused():
    deep = polysem.train(n=4, m=4, l1=0.01, seeds=1, steps=2, architecture={"kind": "untied"})
    with pytest.raises(BadInput, match="not one tied layer"):
        polysem.repair(deep)
    noisy = polysem.train(n=4, m=4, l1=0.0, seeds=1, steps=2, noise={"kind": "bipolar", "std": 0.1})
    with pytest.raises(BadInput, match="noise"):
        polysem.repair(noisy)


def test_a_saved_repair_reads_back(roomy, tmp_path):
    done = polysem.repair(roomy)
    folder = done.save(tmp_path / "out")
    assert np.array_equal(polysem.load(folder / "run").end, done.model.end)
    page = done.report(folder / "report.html").read_text()
    assert "against the sham" in page
    names = {p.name for p in folder.iterdir()}
    assert {"repair.json", "moved.parquet", "effects.parquet", "weights.safetensors"} <= names
    with pytest.raises(BadInput, match="not empty"):
        done.save(folder)
