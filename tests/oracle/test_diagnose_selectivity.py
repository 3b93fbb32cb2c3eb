"""Selectivity measures against scikit-learn, SciPy and the definitions written as loops."""

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score, roc_auc_score

from polysem._diagnose.selectivity.auroc import auroc, rank_sum_p
from polysem._diagnose.selectivity.auroc_intervals import (
    auroc_interval,
    delong_variance,
    hanley_mcneil_variance,
    newcombe_interval,
)
from polysem._diagnose.selectivity.correlation import (
    collinear,
    correlation,
    correlation_interval,
    correlation_p,
    partial_correlation,
)
from polysem._diagnose.selectivity.differences import difference_interval, standardised_difference
from polysem._diagnose.selectivity.information import equal_frequency_bins, mutual_information
from polysem._diagnose.selectivity.many import benjamini_hochberg, holm
from polysem._diagnose.selectivity.moments import Moments


@pytest.fixture(params=["distinct", "tied"])
def data(request, rng):
    """(activations, labels): 61 samples, 4 neurons, 3 features that co-occur."""
    common = rng.random((61, 1)) < 0.3
    labels = ((rng.random((61, 3)) < 0.25) | common).astype(float)
    x = rng.standard_normal((61, 4)) + labels @ rng.standard_normal((3, 4))
    return (np.round(x), labels) if request.param == "tied" else (x, labels)


def pairs(data):
    x, y = data
    return [
        (k, f, x[y[:, f] == 1, k], x[y[:, f] == 0, k])
        for k, f in itertools.product(range(x.shape[1]), range(y.shape[1]))
    ]


def test_auroc(data):
    found = auroc(*data)
    for k, f, with_it, without in pairs(data):
        wins = [(a > b) + 0.5 * (a == b) for a in with_it for b in without]
        assert found[k, f] == pytest.approx(np.mean(wins), abs=1e-12)
        assert found[k, f] == pytest.approx(roc_auc_score(data[1][:, f], data[0][:, k]), abs=1e-12)


def test_auroc_beyond_the_samples_that_float32_holds(rng):
    """4,501 × 4,503 pairs, an odd number above 2²⁴, which float32 would round."""
    y = (np.arange(9004) < 4501).astype(float)[:, None]
    x = y + 0.1 * rng.random((9004, 1))
    assert auroc(x, y)[0, 0] == roc_auc_score(y[:, 0], x[:, 0]) == 1


def test_rank_sum_p(data):
    found = rank_sum_p(np.asarray(2 * stats.rankdata(data[0], axis=0) - 62), data[1])
    for k, f, with_it, without in pairs(data):
        expected = stats.mannwhitneyu(with_it, without, method="asymptotic", use_continuity=False)
        assert found[k, f] == pytest.approx(expected.pvalue, rel=1e-9)


def test_delong_variance(data):
    found = delong_variance(*data)
    for k, f, with_it, without in pairs(data):
        kernel = np.array([[(a > b) + 0.5 * (a == b) for b in without] for a in with_it])
        expected = kernel.mean(1).var(ddof=1) / len(with_it)
        expected += kernel.mean(0).var(ddof=1) / len(without)
        assert found[k, f] == pytest.approx(expected, rel=1e-10)


def test_hanley_mcneil_variance_is_exact_for_exponential_scores():
    """Q₁ and Q₂ by numerical integration over the two exponential laws."""
    ratio = 3.0  # mean with the feature / mean without; AUROC = ratio/(1+ratio)
    area = ratio / (1 + ratio)
    negative, positive = stats.expon(), stats.expon(scale=ratio)
    q1 = negative.expect(lambda x: positive.sf(x) ** 2)
    q2 = positive.expect(lambda x: negative.cdf(x) ** 2)
    n1, n0 = 7, 11
    expected = area * (1 - area) + (n1 - 1) * (q1 - area**2) + (n0 - 1) * (q2 - area**2)
    found = hanley_mcneil_variance(np.array(area), np.array(7.0), np.array(11.0))
    assert found == pytest.approx(expected / (n1 * n0), rel=1e-7)


def test_newcombe_bounds_solve_their_equation():
    area, n1, n0 = np.array([0.5, 0.8, 1.0]), np.full(3, 20.0), np.full(3, 35.0)
    for bound in newcombe_interval(area, n1, n0):
        inner = bound[bound < 1]  # the upper bound at area 1 is 1
        mean = 27.5
        star = mean - 1
        t = inner
        v = t * (1 - t) * (1 + star * (1 - t) / (2 - t) + star * t / (1 + t)) / (20 * 35)
        np.testing.assert_allclose(np.abs(area[bound < 1] - t), 1.959964 * np.sqrt(v), rtol=1e-5)


@pytest.mark.statistical
def test_auroc_interval_covers():
    """95 % intervals over 1,500 data sets cover within 0.93–0.97; false alarm about 1e-3."""
    rng = np.random.default_rng(3)
    y = np.zeros((60, 1))
    y[:20] = 1
    x = rng.standard_normal((60, 1500)) + y * 1.0
    truth = stats.norm.cdf(1 / np.sqrt(2))
    low, high = auroc_interval(
        auroc(x, y), delong_variance(x, y), np.array([20.0]), np.array([40.0])
    )
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97


@pytest.mark.statistical
@pytest.mark.parametrize(("positive", "shift"), [(3, 0.0), (6, 0.75), (6, 1.5), (8, 0.75)])
def test_auroc_interval_covers_with_few_positives(positive, shift):
    """4,000 data sets: 0.93 at least, five standard errors below 0.95; false alarm below 1e-3."""
    rng = np.random.default_rng(11)
    y = np.zeros((positive + 100, 1))
    y[:positive] = 1
    x = rng.standard_normal((len(y), 4000)) + y * shift
    truth = stats.norm.cdf(shift / np.sqrt(2))
    sizes = np.array([float(positive)]), np.array([100.0])
    low, high = auroc_interval(auroc(x, y), delong_variance(x, y), *sizes)
    covered = np.mean((low <= truth) & (truth <= high))
    assert 0.93 <= covered <= 0.99


def test_perfect_separation_has_an_interval_of_some_width():
    x, y = np.arange(30.0)[:, None], (np.arange(30.0) >= 20)[:, None].astype(float)
    variance = delong_variance(x, y)
    low, high = auroc_interval(auroc(x, y), variance, np.array([10.0]), np.array([20.0]))
    assert variance[0, 0] == 0
    assert 0.7 < low[0, 0] < 0.95
    assert high[0, 0] == 1


def test_standardised_difference(data):
    moments = Moments.of(*data)
    found = standardised_difference(moments)
    low, high = difference_interval(found, moments)
    for k, f, a, b in pairs(data):
        df = len(a) + len(b) - 2
        pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df)
        g = (a.mean() - b.mean()) / pooled * (1 - 3 / (4 * df - 1))
        assert found[k, f] == pytest.approx(g, rel=1e-10)
        se = np.sqrt((len(a) + len(b)) / (len(a) * len(b)) + g**2 / (2 * (len(a) + len(b))))
        assert low[k, f] == pytest.approx(g - 1.959963985 * se, rel=1e-7)
        assert high[k, f] == pytest.approx(g + 1.959963985 * se, rel=1e-7)


def test_point_biserial(data):
    moments = Moments.of(*data)
    r = correlation(moments)
    p = correlation_p(r, moments.n)
    low, high = correlation_interval(r, moments.n)
    for k, f in np.ndindex(r.shape):
        statistic, p_value = tuple(stats.pointbiserialr(data[1][:, f], data[0][:, k]))
        interval = stats.pearsonr(data[1][:, f], data[0][:, k]).confidence_interval(0.95)
        assert r[k, f] == pytest.approx(statistic, abs=1e-12)
        assert p[k, f] == pytest.approx(p_value, rel=1e-8)
        assert (low[k, f], high[k, f]) == pytest.approx(tuple(interval), abs=1e-10)


def test_partial_correlation(data):
    x, y = data
    moments = Moments.of(x, y)
    found = partial_correlation(moments)
    p = correlation_p(found, moments.n, controls=2)
    for k, f in np.ndindex(found.shape):
        rest = np.c_[np.ones(len(y)), np.delete(y, f, axis=1)]
        left = [v - rest @ np.linalg.lstsq(rest, v, rcond=None)[0] for v in (x[:, k], y[:, f])]
        r = np.corrcoef(*left)[0, 1]
        assert found[k, f] == pytest.approx(r, abs=1e-10)
        # the same p as the t-test of the coefficient in the full regression
        design = np.c_[y[:, f], rest]
        beta, rss, *_ = np.linalg.lstsq(design, x[:, k], rcond=None)
        df = len(y) - design.shape[1]
        se = np.sqrt(rss[0] / df * np.linalg.inv(design.T @ design)[0, 0])
        assert p[k, f] == pytest.approx(2 * stats.t.sf(abs(beta[0] / se), df), rel=1e-7)


def test_partial_correlation_names_collinear_features_and_keeps_the_others(rng):
    classes = rng.integers(0, 3, 80)
    one_hot = np.eye(3)[classes]
    other = (rng.random((80, 1)) < 0.4).astype(float)
    x = rng.standard_normal((80, 2)) + other + one_hot[:, :1]
    moments = Moments.of(x, np.c_[one_hot, other])
    assert collinear(moments).tolist() == [True, True, True, False]
    found = partial_correlation(moments)
    assert np.isnan(found[:, :3]).all()
    without_one = partial_correlation(Moments.of(x, np.c_[one_hot[:, 1:], other]))
    np.testing.assert_allclose(found[:, 3], without_one[:, 2], atol=1e-10)


@pytest.mark.parametrize("bins", [2, 5])
def test_mutual_information(data, bins):
    x, y = data
    y = np.c_[y, np.arange(len(y)) % 4]  # a feature of four values
    found = mutual_information(x, y, bins)
    codes = equal_frequency_bins(x, bins)
    for k, f in np.ndindex(found.bits.shape):
        table = np.array(
            [
                [np.sum((codes[:, k] == a) & (y[:, f] == b)) for b in np.unique(y[:, f])]
                for a in np.unique(codes[:, k])
            ]
        )
        plug_in = mutual_info_score(codes[:, k], y[:, f])
        bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * len(x))
        assert found.bits[k, f] == pytest.approx((plug_in - bias) / np.log(2), abs=1e-6)
        g_test = tuple(stats.chi2_contingency(table, correction=False, lambda_="log-likelihood"))
        assert found.p[k, f] == pytest.approx(g_test[1], rel=1e-4)


def test_real_labels_are_binned(rng):
    """For a bivariate normal law the information is −½ log₂(1 − r²); bins lose some of it."""
    x = rng.standard_normal((40_000, 1))
    y = 0.8 * x + 0.6 * rng.standard_normal((40_000, 1))
    exact = -0.5 * np.log2(1 - 0.64)
    assert 0.85 * exact < mutual_information(x, y).bits[0, 0] < exact


@pytest.mark.statistical
def test_bias_correction_centres_the_information_of_independent_pairs():
    """Mean over 4,000 independent pairs within 4 standard errors of 0: false alarm 6e-5."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((200, 400))
    y = (rng.random((200, 10)) < 0.3).astype(float)
    bits = mutual_information(x, y, 5).bits
    error = bits.mean(1).std(ddof=1) / np.sqrt(400)
    assert abs(bits.mean()) < 4 * error + 0.0003  # Miller–Madow leaves O(1/n²)
    assert bits.mean() + 4 / (400 * np.log(2)) > 10 * error  # uncorrected it would be far off


def test_equal_values_share_a_bin():
    codes = equal_frequency_bins(np.array([[0.0]] * 6 + [[1.0], [2.0], [3.0], [4.0]]), 5)[:, 0]
    assert len(set(codes[:6])) == 1
    assert len(set(codes)) > 2


def test_a_value_that_is_nearly_always_there_has_a_bin_of_its_own(rng):
    """97 of 100 activations at the least, or at the largest, value: two bins, not one."""
    rare = np.r_[np.zeros(97), 1, 2, 3]
    codes = equal_frequency_bins(np.c_[rare, 1.0 * (rare == 0), np.ones(100)], 4)
    np.testing.assert_array_equal(codes[:, 0] > codes[0, 0], rare > 0)
    np.testing.assert_array_equal(codes[:, 1] > codes[-1, 1], rare == 0)
    assert len(set(codes[:, 2])) == 1
    label = (rare > 0).astype(float)[:, None]
    bits = mutual_information(rare[:, None], label, 4).bits[0, 0]
    entropy = stats.entropy([0.97, 0.03], base=2)
    assert bits == pytest.approx(entropy - 1 / (200 * np.log(2)), rel=1e-6)


def test_benjamini_hochberg_and_holm():
    p = np.array([[0.01, 0.04, np.nan], [0.03, 0.005, 0.9]])
    m, known = 5, sorted([0.01, 0.04, 0.03, 0.005, 0.9])
    step_up = {v: min(w * m / (j + 1) for j, w in enumerate(known) if w >= v) for v in known}
    step_down = {v: min(1, max(w * (m - j) for j, w in enumerate(known) if w <= v)) for v in known}
    for adjust, expected in ((benjamini_hochberg, step_up), (holm, step_down)):
        found = adjust(p)
        assert np.isnan(found[0, 2])
        for value, adjusted in zip(p.ravel(), found.ravel(), strict=True):
            if not np.isnan(value):
                assert adjusted == pytest.approx(min(1, expected[float(value)]))


def test_batches_give_the_moments_of_the_whole(rng):
    x = rng.standard_normal((500, 3)) + 1e6
    y = rng.random((500, 2))
    whole = Moments.of(x, y)
    parts = [Moments.of(x[a:b], y[a:b]) for a, b in ((0, 1), (1, 200), (200, 500))]
    merged = parts[0].merged(parts[1]).merged(parts[2])
    np.testing.assert_allclose(correlation(merged), correlation(whole), atol=1e-9)
    np.testing.assert_allclose(merged.neurons, whole.neurons, rtol=1e-8)


def test_what_cannot_be_known_is_nan(rng):
    x = np.c_[np.full(20, 0.1), rng.standard_normal(20)]
    y = np.c_[np.ones(20), np.zeros(20), np.arange(20) % 2]
    moments = Moments.of(x, y)
    information = mutual_information(x, y)
    for found in (
        auroc(x, y),
        delong_variance(x, y),
        correlation(moments),
        partial_correlation(moments),
        standardised_difference(moments),
        information.bits,
        information.p,
    ):
        assert np.isnan(found[0]).all()
        assert np.isnan(found[1]).tolist() == [True, True, False]
