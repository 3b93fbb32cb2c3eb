"""What must not change the diagnosis: order, sign, scale and names; what must change it and how."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polysem._diagnose.capacity.features import capacity_shortage, feature_capacity
from polysem._diagnose.capacity.neurons import (
    duplicate_groups,
    effective_features,
    fourth_norms,
    kurtosis,
)
from polysem._diagnose.capacity.spectrum import (
    effective_rank,
    participation_ratio,
    singular_values,
)
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.mixed.pairs import epairs, pairs
from polysem._diagnose.nulls.labels import auroc_null, correlation_null
from polysem._diagnose.nulls.rotation import haar_rotation
from polysem._diagnose.selectivity.many import benjamini_hochberg, holm
from polysem._diagnose.selectivity.measure import measure_selectivity
from polysem._diagnose.selectivity.relatedness import Relatedness

seeds = st.integers(0, 2**32 - 1)
PARTS = ("value", "low", "high", "p")


def recording(seed, samples=40, neurons=4, features=3):
    """Activations with ties in some neurons, labels that co-occur."""
    rng = np.random.default_rng(seed)
    y = (rng.random((samples, features)) < 0.4).astype(float)
    y[:2], y[2:4] = 0, 1  # two samples of each class
    x = rng.standard_normal((samples, neurons)) + y @ rng.standard_normal((features, neurons))
    x[:, ::2] = np.round(2 * x[:, ::2]) / 2
    return x, y


def figures(x, y):
    measured = measure_selectivity(Recording.of(x, y))
    found = {}
    for name in ("auroc", "difference", "correlation", "partial", "information"):
        measure = getattr(measured, name)
        found |= {
            f"{name} {part}": getattr(measure, part) for part in ("value", "low", "high", "p")
        }
    return found


def same(found, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, atol=1e-9, err_msg=name)


@given(seeds)
def test_order_of_neurons_features_and_samples(seed):
    x, y = recording(seed)
    rng = np.random.default_rng(seed + 1)
    k, f, s = rng.permutation(4), rng.permutation(3), rng.permutation(40)
    expected = {name: value[k][:, f] for name, value in figures(x, y).items()}
    same(figures(x[s][:, k], y[s][:, f]), expected)


@given(seeds, st.floats(0.01, 100), st.floats(-10, 10))
def test_scale_and_shift_of_a_neuron(seed, scale, shift):
    x, y = recording(seed)
    x = np.round(x * 64) / 64  # so that rounding of the product keeps ties and order
    scale = 2.0 ** np.round(np.log2(scale))
    shift = np.round(shift * 64) / 64
    same(figures(scale * x + shift * scale, y), figures(x, y))


@given(seeds)
def test_sign_of_a_neuron_turns_its_measures_round(seed):
    x, y = recording(seed)
    found, before = figures(-x, y), figures(x, y)
    np.testing.assert_allclose(found["auroc value"], 1 - before["auroc value"], atol=1e-12)
    np.testing.assert_allclose(found["auroc low"], 1 - before["auroc high"], atol=1e-9)
    for name in ("difference", "correlation", "partial"):
        np.testing.assert_allclose(found[f"{name} value"], -before[f"{name} value"], atol=1e-9)
        np.testing.assert_allclose(found[f"{name} low"], -before[f"{name} high"], atol=1e-9)
    for name in ("auroc p", "correlation p", "partial p"):
        np.testing.assert_allclose(found[name], before[name], rtol=1e-6)


@given(seeds)
def test_exchanging_the_classes_turns_measures_round(seed):
    x, y = recording(seed)
    found, before = figures(x, 1 - y), figures(x, y)
    np.testing.assert_allclose(found["auroc value"], 1 - before["auroc value"], atol=1e-12)
    for name in ("difference", "correlation", "partial"):
        np.testing.assert_allclose(found[f"{name} value"], -before[f"{name} value"], atol=1e-9)
    np.testing.assert_allclose(found["information value"], before["information value"], atol=1e-9)


@given(seeds)
def test_intervals_hold_their_values_and_ranges_are_kept(seed):
    found = figures(*recording(seed))
    for name in ("auroc", "difference", "correlation", "partial"):
        value, low, high = (found[f"{name} {part}"] for part in ("value", "low", "high"))
        known = np.isfinite(value)
        assert (low <= value + 1e-12)[known].all()
        assert (value <= high + 1e-12)[known].all()
    assert (found["auroc low"] >= 0).all()
    assert (found["auroc high"] <= 1).all()
    assert (np.abs(found["partial value"][np.isfinite(found["partial value"])]) <= 1).all()


@given(seeds)
def test_label_null_of_permuted_neurons_and_scaled_activations(seed):
    x, y = recording(seed, samples=20)
    order = np.random.default_rng(seed).permutation(4)
    for null in (auroc_null, correlation_null):
        before = null(x, y, draws=20, seed=seed)
        for other in (null(x[:, order], y, draws=20, seed=seed),):
            np.testing.assert_array_equal(other.p, before.p[order])
            np.testing.assert_array_equal(other.p_neuron, before.p_neuron[order])
        turned = null(-4 * x, y, draws=20, seed=seed)
        np.testing.assert_array_equal(turned.p, before.p)
        assert ((before.p <= before.p_neuron) & (before.p_neuron <= before.p_layer)).all()
        assert before.p.min() >= 1 / 21


def test_one_seed_one_answer():
    x, y = recording(3)
    one, two = auroc_null(x, y, 30, seed=5), auroc_null(x, y, 30, seed=5)
    np.testing.assert_array_equal(one.largest, two.largest)
    assert (auroc_null(x, y, 30, seed=6).largest != one.largest).any()
    longer = auroc_null(x, y, 60, seed=5)
    np.testing.assert_array_equal(longer.largest[:30], one.largest)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), seeds)
def test_adjusted_p_values_are_ordered_and_larger(p, seed):
    p = np.array(p)
    order = np.random.default_rng(seed).permutation(len(p))
    for adjust in (benjamini_hochberg, holm):
        adjusted = adjust(p)
        assert (adjusted >= p - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-15).all()
        np.testing.assert_allclose(adjust(p[order]), adjusted[order])
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


@given(seeds)
def test_capacity_under_rotation_scale_sign_and_order(seed):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((5, 4)) * (rng.random((5, 4)) < 0.7)
    capacity = feature_capacity(W)
    for other in (3 * W, -W, W @ haar_rotation(4, rng), W * rng.choice([-1, 1], 4)):
        np.testing.assert_allclose(feature_capacity(other), capacity, rtol=1e-9)
    order = rng.permutation(5)
    np.testing.assert_allclose(feature_capacity(W[order]), capacity[order], rtol=1e-12)
    known = np.isfinite(capacity)
    assert (capacity[known] > 0).all()
    assert (capacity[known] <= 1 + 1e-12).all()
    assert capacity[known].sum() <= np.linalg.matrix_rank(W) + 1e-9  # Scherlis et al.
    shortage = capacity_shortage(W, np.nan_to_num(capacity, nan=1.0))
    np.testing.assert_allclose(shortage.sum(), (1 - capacity[known]).sum(), atol=1e-9)


@given(seeds)
def test_spectrum_and_spread_under_scale_and_order(seed):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((6, 4))
    sigma = singular_values(W)
    turned = singular_values(5 * haar_rotation(6, rng) @ W @ haar_rotation(4, rng))
    np.testing.assert_allclose(turned, 5 * sigma, rtol=1e-5)
    assert 1 <= participation_ratio(sigma**0.5) <= 4 + 1e-9
    assert 1 <= effective_rank(sigma) <= 4 + 1e-9
    order, scale = rng.permutation(6), np.exp(rng.standard_normal(4)) * rng.choice([-1, 1], 4)
    for measure, low, high in ((effective_features, 1, 6), (fourth_norms, 1 / 6, 1)):
        values = measure(W)
        np.testing.assert_allclose(measure((W * scale)[order]), values, rtol=1e-9)
        assert ((values >= low - 1e-9) & (values <= high + 1e-9)).all()
    np.testing.assert_allclose(kurtosis((W * scale)[order]), kurtosis(W), rtol=1e-6, atol=1e-9)


@given(seeds)
def test_duplicates_under_scale_and_order(seed):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((3, 5))[:, rng.integers(0, 5, 9)] * np.exp(rng.standard_normal(9))
    groups, order = duplicate_groups(W), rng.permutation(9)
    turned = duplicate_groups(W[:, order])
    together = groups[:, None] == groups
    np.testing.assert_array_equal(turned[:, None] == turned, together[order][:, order])


@given(seeds)
def test_groups_under_relabelling(seed):
    rng = np.random.default_rng(seed)
    matrix = np.triu(rng.random((5, 5)), 1)
    matrix += matrix.T
    selective, order = rng.random((6, 5)) < 0.6, rng.permutation(5)
    found = Relatedness.from_similarity(matrix, 0.7).groups(selective)
    turned = Relatedness.from_similarity(matrix[order][:, order], 0.7)
    np.testing.assert_array_equal(turned.groups(selective[:, order]), found)
    assert (found <= selective.sum(1)).all()
    assert (found >= selective.any(1)).all()


@pytest.mark.parametrize("test", [pairs, epairs])
@given(seeds)
def test_mixed_selectivity_under_scale_order_and_rotation(test, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((12, 3)) * [2, 1, 0.5]
    expected = test(vectors, k=2, draws=5, seed=1)
    changed = 7 * vectors[rng.permutation(12)]
    found = test(changed, k=2, draws=5, seed=1)
    assert found.clusteriness == pytest.approx(expected.clusteriness, abs=1e-8)
    turned = test(vectors @ haar_rotation(3, rng), k=2, draws=5, seed=1)
    assert turned.test.observed == pytest.approx(expected.test.observed, abs=1e-9)
