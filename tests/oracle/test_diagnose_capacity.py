"""Capacity measures against loops over the definitions, SciPy and matrices with known answers."""

import numpy as np
import pytest
from scipy import stats

from polysem._diagnose.capacity.features import capacity_shortage, feature_capacity, gram
from polysem._diagnose.capacity.neurons import (
    column_norms,
    dead_neurons,
    duplicate_groups,
    effective_features,
    fourth_norms,
    kurtosis,
)
from polysem._diagnose.capacity.slots import Slots
from polysem._diagnose.capacity.spectrum import (
    effective_rank,
    participation_ratio,
    singular_values,
)


@pytest.fixture(params=[(5, 9), (9, 5), (3, 9000)])
def W(request, rng):
    return rng.standard_normal(request.param)


def test_gram(W):
    np.testing.assert_allclose(gram(W), W @ W.T, rtol=1e-12, atol=1e-9)
    single = gram(W.astype(np.float32))
    np.testing.assert_allclose(single, W @ W.T, atol=2e-6 * np.diagonal(W @ W.T).max())


def test_capacity_is_scherlis_and_elhage(W):
    found = feature_capacity(W)
    for i, row in enumerate(W):
        scherlis = (row @ row) ** 2 / sum((row @ other) ** 2 for other in W)
        unit = row / np.linalg.norm(row)
        elhage = (row @ row) / sum((unit @ other) ** 2 for other in W)
        assert found[i] == pytest.approx(scherlis, rel=1e-10)
        assert found[i] == pytest.approx(elhage, rel=1e-10)


def test_capacity_of_known_geometries():
    orthogonal = np.eye(3, 5) * [[2.0], [0.1], [7.0]]
    np.testing.assert_allclose(feature_capacity(orthogonal), 1)
    pair = np.array([[1.0], [-1.0]])  # antipodal: half a dimension each
    np.testing.assert_allclose(feature_capacity(pair), 0.5)
    turns = 2 * np.pi * np.arange(5) / 5  # pentagon: 2/5 each
    np.testing.assert_allclose(feature_capacity(np.c_[np.cos(turns), np.sin(turns)]), 0.4)
    assert np.isnan(feature_capacity(np.array([[0.0, 0.0], [1.0, 1.0]]))[0])


def test_capacity_does_not_overflow():
    for size in (1e-60, 1e60):
        np.testing.assert_allclose(feature_capacity(size * np.eye(2)), 1)


def test_shortage_is_shared_among_neurons(W):
    capacity = feature_capacity(W)
    found = capacity_shortage(W, capacity)
    for k in range(min(W.shape[1], 6)):
        own = [(1 - capacity[i]) * W[i, k] ** 2 / (W[i] @ W[i]) for i in range(len(W))]
        assert found[k] == pytest.approx(sum(own), rel=1e-10)
    assert found.sum() == pytest.approx((1 - capacity).sum(), rel=1e-9)


def test_spectrum(W):
    sigma = singular_values(W)
    expected = np.linalg.svd(W, compute_uv=False)
    np.testing.assert_allclose(sigma, expected, atol=1e-6 * expected[0])
    assert effective_rank(sigma) == pytest.approx(np.exp(stats.entropy(expected)), rel=1e-6)
    squares = expected**2
    participation = squares.sum() ** 2 / (squares**2).sum()
    assert participation_ratio(sigma) == pytest.approx(participation, rel=1e-9)


def test_spectrum_of_known_matrices():
    assert effective_rank(singular_values(3 * np.eye(4, 7))) == pytest.approx(4)
    assert participation_ratio(singular_values(3 * np.eye(4, 7))) == pytest.approx(4)
    assert participation_ratio(singular_values(np.ones((4, 7)))) == pytest.approx(1)
    assert np.isnan(effective_rank(np.zeros(3)))
    assert np.isnan(participation_ratio(np.zeros(3)))


def test_spread_of_each_neuron(W):
    features, fourth, kurt = effective_features(W), fourth_norms(W), kurtosis(W)
    for k in range(min(W.shape[1], 6)):
        p = W[:, k] ** 2 / (W[:, k] @ W[:, k])
        assert features[k] == pytest.approx(np.exp(stats.entropy(p)), rel=1e-12)
        assert fourth[k] == pytest.approx((W[:, k] ** 4).sum() / (W[:, k] @ W[:, k]) ** 2)
        assert kurt[k] == pytest.approx(stats.kurtosis(W[:, k]), rel=1e-9)


def test_spread_of_known_neurons():
    W = np.array([[1.0, 1, 0, 0.1], [0, 1, 0, 0.1], [0, -1, 0, 0.1], [0, -1, 0, 0.1]])
    np.testing.assert_allclose(effective_features(W), [1, 4, np.nan, 4])
    np.testing.assert_allclose(fourth_norms(W), [1, 0.25, np.nan, 0.25])
    np.testing.assert_allclose(kurtosis(W)[1:], [-2, np.nan, np.nan])


def test_dead_neurons():
    assert dead_neurons(np.array([0.0, 1e-7, 1e-5, 1.0])).tolist() == [True, True, False, False]
    assert dead_neurons(np.zeros(2)).all()


def test_duplicates_against_all_pairs(rng):
    base = rng.standard_normal((7, 40))
    copies = base[:, rng.integers(0, 40, 60)] * rng.uniform(0.1, 9, 60)
    W = np.concatenate([base, copies, -base[:, :3], np.zeros((7, 2))], axis=1)
    W[:, 45] += 1e-5 * np.abs(W[:, 45]).max()  # inside the tolerance
    W[:, 50] *= 1 + 0.05 * rng.standard_normal(7)  # outside
    W = W[:, rng.permutation(W.shape[1])]
    norms, tolerance, expected = np.linalg.norm(W, axis=0), 1e-6, []
    for k in range(W.shape[1]):
        leader = k
        for j in range(k):
            is_leader = expected[j] == j and norms[j] > 0 and norms[k] > 0
            if is_leader and 1 - W[:, j] @ W[:, k] / (norms[j] * norms[k]) <= tolerance:
                leader = j
                break
        expected.append(leader)
    assert duplicate_groups(W, tolerance).tolist() == expected
    assert len(set(expected)) < W.shape[1] - 40


def test_the_tolerance_of_duplicates_is_sharp(rng):
    """Neurons at 1 − cosine = 0.8 and 1.5 times the tolerance from neuron 0, and from each other.

    In 40 dimensions the sieve of six sees less than half of a difference, so it lets both pass.
    """
    base, _ = np.linalg.qr(rng.standard_normal((40, 21)))
    gaps = np.r_[np.full(10, 0.8e-6), np.full(10, 1.5e-6)]
    cosines = 1 - gaps
    W = np.c_[base[:, 0], cosines * base[:, :1] + np.sqrt(1 - cosines**2) * base[:, 1:]]
    expected = [0] * 11 + list(range(11, 21))
    assert duplicate_groups(W, 1e-6).tolist() == expected
    assert duplicate_groups(W, 2e-6).tolist() == [0] * 21


def test_duplicates_in_few_dimensions_and_in_float32(rng):
    one = np.array([[1.0, 2.0, -1.0, 0.0]])
    assert duplicate_groups(one).tolist() == [0, 0, 2, 3]
    W = rng.standard_normal((50, 30)).astype(np.float32)
    double = np.concatenate([W, 3 * W], axis=1)
    assert duplicate_groups(double).tolist() == [*range(30), *range(30)]
    assert column_norms(double)[30] == pytest.approx(3 * column_norms(double)[0], rel=1e-6)


def test_slots():
    few = Slots(features=10, neurons=4)
    assert (few.slack, few.signed_slack, few.at_least_shared, few.without_slot) == (-6, -2, 4, 2)
    some = Slots(features=6, neurons=4)
    assert (some.slack, some.signed_slack, some.at_least_shared, some.without_slot) == (-2, 2, 2, 0)
    none = Slots(features=0, neurons=4)
    assert (none.slack, none.at_least_shared, none.without_slot) == (4, 0, 0)
