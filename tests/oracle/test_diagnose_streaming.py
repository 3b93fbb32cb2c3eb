"""Streams against the same samples in one array."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from polysem._diagnose.selectivity.auroc import auroc
from polysem._diagnose.selectivity.correlation import correlation, partial_correlation
from polysem._diagnose.selectivity.differences import standardised_difference
from polysem._diagnose.selectivity.moments import Moments
from polysem._diagnose.streaming.stream import stream_selectivity
from polysem._errors import BadInput


def batches(x, y, size):
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]


@pytest.fixture
def data(rng):
    """3,000 samples; neuron 1 is rectified, neuron 2 has few values, neuron 3 is constant."""
    y = (rng.random((3000, 3)) < [0.3, 0.05, 0.5]).astype(float)
    x = rng.standard_normal((3000, 4)) + y @ rng.standard_normal((3, 4))
    x[:, 1] = np.maximum(x[:, 1] - 0.5, 0)
    x[:, 2] = np.round(x[:, 2])
    x[:, 3] = 0.1
    return x.astype(np.float32), y


@pytest.mark.parametrize(("size", "bins"), [(500, 64), (7, 16)])
def test_stream_gives_the_figures_of_the_array(data, size, bins):
    x, y = data
    found = stream_selectivity(batches(x, y, size), bins)
    whole = Moments.of(x, y)
    for measure in (correlation, partial_correlation, standardised_difference):
        np.testing.assert_allclose(measure(found.moments), measure(whole), atol=1e-10)
    exact = auroc(x, y)
    off = np.abs(found.auroc - exact)[:3]
    assert (off <= found.auroc_bound[:3] + 1e-12).all()
    assert np.isnan(found.auroc[3]).all()
    assert roc_auc_score(y[:, 0], x[:, 0]) == pytest.approx(exact[0, 0])
    if size == 500:
        assert found.auroc_bound[0].max() < 0.6 / bins * 2
        assert found.auroc_bound[1].max() < 0.6 / bins * 2  # zeros have a bin of their own
        assert off[2].max() < 1e-4  # few values have bins of their own, all but the rarest
        assert found.auroc_bound[2].max() < 0.01


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (1, 2), (-3.5, 0)])
def test_two_values_of_any_kind_are_the_same_two_classes(data, low, high):
    """Also where the first batch has the greater value only."""
    x, y = data
    y = y[np.argsort(-y[:, 0], kind="stable")]
    expected = stream_selectivity(batches(x, y, 400), 64)
    found = stream_selectivity(batches(x, np.where(y == 1, high, low), 400), 64)
    assert found.binary.all()
    off = np.abs(found.auroc - auroc(x, y))[:3]
    assert (off <= found.auroc_bound[:3] + 1e-12).all()
    assert found.auroc_bound[0].max() < 0.1
    np.testing.assert_allclose(found.auroc, expected.auroc, rtol=1e-12)
    np.testing.assert_allclose(found.auroc_bound, expected.auroc_bound, rtol=1e-12)
    np.testing.assert_allclose(found.moments.feature_mean, y.mean(0), rtol=1e-12)
    for measure in (correlation, standardised_difference):
        np.testing.assert_allclose(measure(found.moments), measure(Moments.of(x, y)), atol=1e-10)


def test_a_bound_that_is_reached(rng):
    """All samples in one bin: ½ ± ½, and the truth can be 1."""
    first = np.zeros((4, 1)), np.array([[0], [1], [0], [1.0]])
    later = np.array([[1.0], [2.0]] * 50), np.array([[0.0], [1.0]] * 50)
    found = stream_selectivity([first, later], bins=4)
    x, y = np.concatenate([first[0], later[0]]), np.concatenate([first[1], later[1]])
    off = abs(found.auroc[0, 0] - auroc(x, y)[0, 0])
    assert off == pytest.approx(found.auroc_bound[0, 0])
    assert off > 0.4


def test_not_finite_and_real_labels_are_counted(data):
    x, y = data[0].copy(), data[1].copy()
    x[10, 0] = np.nan
    x[2000, 0] = np.inf
    y[5, 1] = np.nan
    y[:, 2] += 0.5 * (np.arange(3000) % 2)
    real = y[:, [0, 2]]
    found = stream_selectivity(batches(x, y, 1000), 32)
    assert found.neurons_not_finite.tolist() == [2, 0, 0, 0]
    assert found.features_not_finite.tolist() == [0, 1, 0]
    assert found.binary.tolist() == [True, True, False]
    known = np.isfinite(found.auroc)
    assert known.tolist() == [
        [False] * 3,
        [True, False, False],
        [True, False, False],
        [False] * 3,
    ]
    expected = correlation(Moments.of(x[:, 1:3], real))
    r = correlation(found.moments)
    np.testing.assert_allclose(r[1:3][:, [0, 2]], expected, atol=1e-10)
    assert np.isnan(r[0]).all()
    assert np.isnan(r[:, 1]).all()


@pytest.mark.parametrize("constant", [0.1, 0.3, 1e6 + 0.7, -1 / 3])
def test_constants_are_constant_whatever_the_batches(data, constant):
    """Means of 0.1 over 100 and over 29 samples are rounded differently in float64."""
    x, y = data[0].astype(np.float64), data[1]
    x[:, 3], y[:, 2] = constant, constant
    cuts = [100, 170, 171, 200, 1733]
    pairs = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    found = stream_selectivity(pairs, 16).moments
    assert found.neurons[3] == 0
    assert found.feature_squares[2] == 0
    assert np.isnan(correlation(found)[3]).all()


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        ([], "The stream is empty"),
        ([(np.ones((4, 2)), np.ones((3, 1)))], "Batch 0 has activations of 4 samples and labels"),
        (
            [(np.ones((4, 2)), np.ones((4, 1))), (np.ones((4, 3)), np.ones((4, 1)))],
            r"Batch 1 has 3 neurons \(axis 1\) and the first had 2",
        ),
        (
            [(np.ones((4, 2)), np.ones((4, 1))), (np.ones((4, 2)), np.ones((4, 2)))],
            r"Batch 1 has 2 features \(axis 1\)",
        ),
    ],
)
def test_refusals(stream, sentence):
    with pytest.raises(BadInput, match=sentence):
        stream_selectivity(stream)
