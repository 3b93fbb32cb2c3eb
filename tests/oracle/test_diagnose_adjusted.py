"""What a neuron answers to by itself: against a plain regression, and where the answer is known."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false

import numpy as np
import pytest
from scipy.stats import rankdata

import polysem
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.labels_tier import _sums
from polysem._diagnose.selectivity.adjusted import adjusted
from polysem._diagnose.selectivity.measure import measure_selectivity
from polysem._diagnose.selectivity.relatedness import Relatedness


def found_for(x, y, selective, bar=0.3, related=None):
    recording = Recording.of(x, y)
    sums = _sums(recording, measure_selectivity(recording))
    related = related or Relatedness.none(y.shape[1])
    return adjusted(sums, selective, np.full(y.shape[1], bar), 0.05, related)


def test_the_strength_is_the_coefficient_of_a_regression_of_ranks(rng):
    """Feature 0 is the strongest; every other one is regressed together with it, by least squares.

    Ranks are centred and halved by the sample number, so that a coefficient is 2·AUROC − 1.
    """
    n = 300
    y = (rng.random((n, 4)) < (0.5, 0.4, 0.3, 0.5)).astype(float)
    y[:, 1] = np.where(rng.random(n) < 0.4, y[:, 0], y[:, 1])
    x = np.maximum(rng.normal(size=(n, 1)) + 3 * y[:, :1] + 0.8 * y[:, 2:3], 0.5)  # with ties
    found = found_for(x, y, np.array([[True, False, False, False]]))
    ranks = (2 * rankdata(x[:, 0]) - (n + 1)) / n
    for f in (1, 2, 3):
        design = np.column_stack([np.ones(n), y[:, 0], y[:, f]])
        slope, left, *_ = np.linalg.lstsq(design, ranks, rcond=None)
        assert found.strength[0, f] == pytest.approx(slope[2], abs=1e-9)
        variance = left[0] / (n - 3) * np.linalg.inv(design.T @ design)[2, 2]
        from scipy.stats import t

        assert found.p[0, f] == pytest.approx(2 * t.sf(abs(slope[2]) / variance**0.5, n - 3))


def test_without_stronger_features_it_is_the_plain_measure(rng):
    y = (rng.random((100, 3)) < 0.5).astype(float)
    x = rng.normal(size=(100, 5)) + y[:, [0]]
    recording = Recording.of(x, y)
    sums = _sums(recording, measure_selectivity(recording))
    strongest = np.abs(sums.signed).argmax(1)
    found = adjusted(sums, np.zeros((5, 3), bool), np.ones(3), 0.05, Relatedness.none(3))
    rows = np.arange(5)
    assert np.allclose(found.strength[rows, strongest], sums.signed[rows, strongest])
    assert not found.held.any()


@pytest.mark.parametrize("classes", [3, 4, 5, 10])
def test_a_neuron_of_one_class_is_not_polysemantic(rng, classes):
    """The other classes silence it as far as AUROC can see: with three or four, beyond the bar."""
    y = np.eye(classes)[np.arange(600) % classes]
    x = 3 * y + rng.normal(size=y.shape)
    made = polysem.diagnose(activations=x, labels=y, draws=50)
    assert made.polysemantic == []
    assert [f.features for f in made.findings] == [(str(c),) for c in range(classes)]
    assert all(f.score < 0.2 for f in made.findings)
    assert made.profile.sweep.polysemantic[2:].max() == 0  # nor at higher thresholds
    if classes == 3:
        assert "which also explains its answers to 1, 2" in made.findings[0].evidence


def test_a_neuron_of_two_classes_is(rng):
    y = np.eye(4)[np.arange(600) % 4]
    x = rng.normal(size=(600, 2)) + 3 * y[:, [0, 1]] + 3 * y[:, [2, 2]]
    made = polysem.diagnose(activations=x, labels=y, draws=99)
    assert [sorted(f.features) for f in made.findings] == [["0", "2"], ["1", "2"]]
    assert made.polysemantic == [0, 1]
    assert all(f.score_p == pytest.approx(0.01) for f in made.findings)


def test_what_co_occurs_with_a_neurons_feature_is_not_a_second_one(rng):
    """Features with φ = 0.4, below what counts as related; the neuron answers to one of them."""
    n = 2000
    a = rng.random(n) < 0.5
    b = np.where(rng.random(n) < 0.4, a, rng.random(n) < 0.5)
    y = np.column_stack([a, b, rng.random(n) < 0.5]).astype(float)
    x = rng.normal(size=(n, 3)) * 0.3
    x[:, 0] += a
    x[:, 1] += a & b
    x[:, 2] += 1.0 * a + y[:, 2]
    made = polysem.diagnose(activations=x, labels=y, names=["a", "b", "c"], draws=50)
    assert made.findings[0].features == ("a",)
    assert set(made.findings[1].features) == {"a", "b"}  # a conjunction needs both
    assert set(made.findings[2].features) == {"a", "c"}
    assert made.polysemantic == [1, 2]


def test_a_label_above_others_and_neurons_of_each_level(rng):
    """animal = dog or cat; by hierarchy related: a neuron of animals, one of dogs, one of dogs and
    cars. With no relation given the first two still are not polysemantic."""
    kind = rng.integers(0, 4, size=1200)  # dog, cat, car, nothing
    dog, cat, car = (kind == c for c in range(3))
    y = np.column_stack([dog | cat, dog, cat, car]).astype(float)
    x = 0.3 * rng.normal(size=(1200, 3)) + np.column_stack([dog | cat, dog, dog | car])
    for related in (Relatedness.from_hierarchy([-1, 0, 0, -1]), Relatedness.none(4)):
        made = polysem.diagnose(activations=x, labels=y, related=related, draws=50)
        assert made.polysemantic == [2]
        assert "0" in made.findings[0].features
        assert "1" in made.findings[1].features
        assert {"1", "3"} <= set(made.findings[2].features)


def test_what_two_features_explain_together_is_dropped_again(rng):
    """A neuron adds up a and b; alone, "either" is strongest, and nothing beside both."""
    a, b = rng.random((2, 1000)) < 0.5
    y = np.column_stack([a | b, a, b]).astype(float)
    x = y[:, [1]] + y[:, [2]] + 0.05 * rng.normal(size=(1000, 1))
    found = polysem.diagnose(activations=x, labels=y, related=Relatedness.none(3), draws=50)
    assert set(found.findings[0].features) == {"1", "2"}
    assert found.findings[0].evidence.startswith(
        "2 features in 2 groups (which also explain its answers to 0)"
    )


def test_real_features_are_controlled_by_partial_correlation(rng):
    n = 500
    y = rng.normal(size=(n, 3))
    y[:, 1] = 0.45 * y[:, 0] + np.sqrt(1 - 0.45**2) * y[:, 1]
    x = y[:, [0]] + 0.2 * rng.normal(size=(n, 2))
    x[:, 1] += y[:, 2]
    made = polysem.diagnose(activations=x, labels=y, draws=50)
    assert made.findings[0].features == ("0",)
    assert set(made.findings[1].features) == {"0", "2"}


def test_a_layer_of_pure_neurons_is_clean_and_one_of_pairs_is_found(rng):
    """Forty neurons, twelve independent features; false alarm of one neuron below 1e-6."""
    y = (rng.random((3000, 12)) < 0.2).astype(float)
    pure = np.arange(20) % 12
    pairs = np.array([rng.choice(12, 2, replace=False) for _ in range(20)])
    x = rng.normal(size=(3000, 40))
    x[:, :20] += 2 * y[:, pure]
    x[:, 20:] += 2 * y[:, pairs[:, 0]] - 2 * y[:, pairs[:, 1]]
    made = polysem.diagnose(activations=x, labels=y, draws=50)
    assert made.polysemantic == list(range(20, 40))
    for k, pair in enumerate(pairs):
        assert {int(f) for f in made.findings[20 + k].features} == set(pair)
