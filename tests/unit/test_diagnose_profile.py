"""Profiles, sweeps and the nulls of a layer: against plain loops, and the same at any size."""

import numpy as np
import pytest

import polysem
from polysem._diagnose.nulls import layer
from polysem._diagnose.profile import KEPT, profile_of, sweep_of
from polysem._diagnose.selectivity.relatedness import Relatedness


@pytest.fixture
def strength(rng):
    """(neurons, features), signed, with ties and an unknown."""
    values = np.round(rng.normal(size=(30, 20)), 1)
    values[3] = 0
    values[4, 5] = np.nan
    return values


def made(strength, held=None, related=None):
    share = np.abs(strength)
    held = share >= 1 if held is None else held
    related = related or Relatedness.none(strength.shape[1])
    bars = np.repeat(np.array([[0.5], [1.0]]), strength.shape[1], axis=1)
    sweep = sweep_of(share, None, related, np.array([0.5, 1.0]), bars, 1.0, "size")
    names = tuple(f"f{i}" for i in range(strength.shape[1]))
    return profile_of(strength, share, held, related, names, "size", sweep, {"twice": 2 * strength})


def test_the_strongest_features_are_kept_in_order(strength):
    found = made(strength)
    for k, row in enumerate(strength):
        size = np.nan_to_num(np.abs(row))
        kept = found.feature[k][found.feature[k] >= 0]
        assert len(kept) == min(KEPT, (size > 0).sum())
        assert size[kept].tolist() == np.sort(size)[::-1][: len(kept)].tolist()
        assert np.allclose(found.strength[k][: len(kept)], row[kept])
        assert np.allclose(found.measures["twice"][k][: len(kept)], 2 * row[kept])
        assert (found.group[k] > 0).sum() == min((size >= 1).sum(), KEPT)
    table = found.table.to_pandas()
    assert len(table) == (found.feature >= 0).sum()
    assert table["represented"].tolist() == (table["share"] >= 1).tolist()
    assert 3 not in set(table["neuron"])


def test_related_features_share_a_group():
    strength = np.array([[5.0, 4, 3, 2, 0]])
    relation = np.zeros((5, 5), dtype=bool)
    relation[0, 2] = relation[2, 0] = True
    found = made(strength, related=Relatedness(relation, "given"))
    assert found.feature[0].tolist() == [0, 1, 2, 3, -1]
    assert found.group[0].tolist() == [1, 2, 1, 3, 0]


def test_a_sweep_counts_as_a_loop_does(strength):
    found = made(strength).sweep
    for t, bar in enumerate((0.5, 1.0)):
        held = (np.nan_to_num(np.abs(strength)) >= bar).sum(1)
        assert found.polysemantic[t] == (held >= 2).sum()
        assert found.monosemantic[t] == (held == 1).sum()
        assert found.silent[t] == (held == 0).sum()


def test_the_default_threshold_of_the_sweep_gives_the_counts_of_the_table(rng):
    y = (rng.random((300, 6)) < 0.3).astype(float)
    x = rng.normal(size=(300, 40)) + 2 * y @ (rng.random((6, 40)) < 0.3)
    found = polysem.diagnose(activations=x, labels=y, draws=20)
    assert found.profile is not None
    sweep = found.profile.sweep
    here = sweep.thresholds.tolist().index(0.65)
    counts = found.counts()
    assert sweep.polysemantic[here] == counts["polysemantic"] > 5
    assert sweep.monosemantic[here] == counts["monosemantic"] > 5
    weights = polysem.diagnose(rng.normal(size=(5, 30)) ** 3, draws=20)
    assert weights.profile is not None
    half = weights.profile.sweep.thresholds.tolist().index(0.5)
    assert weights.profile.sweep.polysemantic[half] == weights.counts()["polysemantic"] > 0


def test_a_wide_layer_is_tested_against_random_directions_as_a_small_one_by_rotations(
    rng, monkeypatch
):
    """The two nulls have the same mean; false alarm below 1e-6 (5 standard errors)."""
    W = rng.normal(size=(6, 60)) ** 3
    (small,) = layer.privileged_weights(W, 0)
    monkeypatch.setattr(layer, "TURNED", 6 * 40)
    (wide,) = layer.privileged_weights(W, 1)
    assert "40 of 60 neurons" in wide.null_model
    error = np.hypot(small.null.std() / len(small.null) ** 0.5, wide.null.std() / 20**0.5)
    assert abs(small.null.mean() - wide.null.mean()) < 5 * error
    assert abs(wide.observed - small.observed) < 0.1
    assert wide.p == pytest.approx(1 / 21)


def test_balls_in_bins_of_a_large_layer_have_the_mean_of_the_exact_shuffle(rng, monkeypatch):
    """False alarm below 1e-6 (difference of 5 standard errors)."""
    held = rng.random((200, 12)) < 0.1
    none = Relatedness.none(12)
    exact = layer.shared_by_chance(held, none, np.zeros(1), 200, 0)
    monkeypatch.setattr(layer, "PLACED", 1)
    drawn = layer.shared_by_chance(held, none, np.zeros(1), 200, 0)
    error = np.hypot(exact.null.std(), drawn.null.std()) / 200**0.5
    assert abs(exact.null.mean() - drawn.null.mean()) < 5 * error
    assert exact.observed == drawn.observed


def test_a_recording_too_large_to_rotate_is_tested_on_a_part_and_says_so(rng, monkeypatch):
    y = (rng.random((2000, 2)) < 0.5).astype(float)
    x = rng.normal(size=(2000, 4)) + 2 * y @ np.eye(2, 4)
    monkeypatch.setattr(layer, "TURNED", 1600)
    found = polysem.diagnose(activations=x, labels=y, draws=10)
    neurons, features = (null for null in found.nulls if "rotated" in null.null_model)
    assert "(400 of 2,000 samples)" in neurons.statistic
    assert neurons.p > 0.9  # two idle neurons: rotations lend them selectivity
    assert features.p < 0.02


def test_categories_are_seen_by_pairs_and_epairs(rng):
    centres = rng.normal(size=(4, 6))
    vectors = np.repeat(centres, 15, axis=0) + 0.05 * rng.normal(size=(60, 6))
    vectors[7] = np.nan  # a neuron that cannot be assessed
    tests = layer.mixed_selectivity(vectors, 0)
    assert [t.statistic.partition(",")[0] for t in tests] == ["PAIRS", "ePAIRS"]
    assert all(t.p < 0.05 and t.z < -3 for t in tests)
    assert layer.mixed_selectivity(vectors[:3], 0) == ()
    assert layer.mixed_selectivity(vectors[:, :1], 0) == ()
