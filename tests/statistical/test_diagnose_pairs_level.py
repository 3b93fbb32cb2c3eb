"""PAIRS and ePAIRS of a diagnosis reject vectors of noise no more often than they say."""

import numpy as np
import pytest

from polysem._diagnose.mixed.centred import centred_epairs, centred_pairs, spanned
from polysem._diagnose.nulls.layer import mixed_selectivity
from polysem._errors import BadInput

SAMPLES = 60
MOST = 11  # of 60 at 0.05 each: more by chance in 3.6e-5 of such tests (binomial)


def correlations(x, y):
    x, y = (values - values.mean(0) for values in (x, y))
    return (x / np.linalg.norm(x, axis=0)).T @ (y / np.linalg.norm(y, axis=0))


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("neurons", "dims"), [(4, 2), (4, 5), (6, 5), (8, 5), (20, 5), (7, 9), (12, 2)]
)
def test_the_level_holds_for_few_neurons(neurons, dims):
    """Fixed seeds; false alarms below 2 · 3.6e-5 for each size.

    Against vectors that are not centred ePAIRS rejected 53 % at (6, 5) and 32 % at (8, 5).
    """
    rejected = {"PAIRS": 0, "ePAIRS": 0}
    for sample in range(SAMPLES):
        vectors = np.random.default_rng([1, neurons, dims, sample]).normal(size=(neurons, dims))
        for test in mixed_selectivity(vectors, sample):
            rejected[test.statistic.split(",")[0]] += test.p <= 0.05
    assert max(rejected.values()) <= MOST


@pytest.mark.statistical
@pytest.mark.parametrize("classes", [3, 4])
def test_one_class_per_sample_is_no_clustering(classes):
    """Fixed seeds; false alarms below 2 · 3.6e-5 each. PAIRS in all dimensions rejected always."""
    rejected = {"PAIRS": 0, "ePAIRS": 0}
    for sample in range(SAMPLES):
        random = np.random.default_rng([2, classes, sample])
        labels = np.eye(classes)[random.permutation(np.arange(120) % classes)]
        vectors = correlations(random.normal(size=(120, 20)), labels)
        for test in mixed_selectivity(vectors, sample):
            rejected[test.statistic.split(",")[0]] += test.p <= 0.05
    assert max(rejected.values()) <= MOST


def test_classes_of_neurons_are_found_still():
    random = np.random.default_rng(3)
    middles = random.normal(size=(4, 5))
    vectors = spanned(middles[np.arange(24) % 4] + 0.1 * random.normal(size=(24, 5)))
    for found in (
        centred_epairs(vectors, 100, 0),
        centred_pairs(vectors, 100, 0, np.pi / 4),
    ):
        assert found.clusteriness > 0.5
        assert found.test.p == pytest.approx(2 / 101)


def test_draws_have_the_mean_and_the_moments_of_the_vectors():
    """Seen through the statistic: vectors that are themselves such a draw are in the null."""
    random = np.random.default_rng(4)
    vectors = spanned(random.normal(size=(9, 3)) * [1, 2, 5] + 7)
    assert np.allclose(vectors.mean(0), 0)
    assert vectors.shape == (9, 3)
    turned = vectors @ np.linalg.qr(random.normal(size=(3, 3)))[0]
    one, other = (centred_epairs(v, 20, 0) for v in (vectors, turned))
    assert one.test.observed == pytest.approx(other.test.observed)
    simplex = spanned(
        np.eye(5)
    )  # nothing is left to chance: as many points as dimensions, plus one
    assert simplex.shape == (5, 4)
    whole = centred_epairs(simplex, 20, 0)
    assert np.allclose(whole.test.null, whole.test.observed)
    assert whole.test.p == 1
    with pytest.raises(BadInput, match="No number of neighbours"):
        centred_pairs(simplex, 20, 0, 3.0)
