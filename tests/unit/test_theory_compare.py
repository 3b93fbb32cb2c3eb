import math

import numpy as np
import pytest
from scipy import optimize, stats

from polysem import _theory as T
from polysem._errors import BadInput


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_garwood_ends_are_where_the_tails_are(count):
    low, high = T.garwood(count)
    assert stats.poisson.cdf(count, high) == pytest.approx(0.025)
    if count:
        assert stats.poisson.sf(count - 1, low) == pytest.approx(0.025)
    else:
        assert low == 0


def test_compare_counts():
    result = T.compare_counts([14, 12, 18, 13], T.predict(256, 1024)["polysemantic_balls"])
    assert result.total == 57
    assert result.ratio == pytest.approx(57 / 4 / T.balls_count(256, 1024))
    assert result.agrees
    assert "agrees" in str(result)
    assert result.dispersion == pytest.approx(np.var([14, 12, 18, 13], ddof=1) / 14.25)
    assert not T.compare_counts([30, 31], 10).agrees


def test_compare_counts_of_nothing_found():
    result = T.compare_counts([0, 0, 0], 0.25)
    assert result.ratio == 0
    assert result.agrees
    assert math.isnan(result.dispersion)


@pytest.mark.parametrize(
    ("counts", "expected", "said"),
    [([1.5], 1.0, "not whole"), ([-1], 1.0, "at least 0"), ([1], 0.0, "above 0"), ([], 1, "empty")],
)
def test_compare_counts_bad_input(counts, expected, said):
    with pytest.raises(BadInput, match=said):
        T.compare_counts(counts, expected)


def test_dispersion_sees_counts_too_equal_and_too_spread():
    assert T.dispersion_test([10] * 20)[1] < 1e-6
    assert T.dispersion_test([0, 30] * 10)[1] < 1e-6


def test_power_law_maximises_the_likelihood(rng):
    n = np.repeat([16, 64, 256], 8)
    m = np.tile([256, 512, 1024, 4096], 6)
    counts = rng.poisson(0.2 * n**2 / m)
    fit = T.fit_power_law(n, m, counts)

    def cost(beta):
        eta = beta[0] + beta[1] * np.log(n) + beta[2] * np.log(m)
        return (np.exp(eta) - counts * eta).sum()

    best = optimize.minimize(cost, [0, 1, -1], method="Nelder-Mead", options={"maxiter": 5000})
    ours = [math.log(fit.constant.value), fit.n_exponent.value, fit.m_exponent.value]
    assert fit.converged
    assert cost(ours) <= best.fun + 1e-9
    np.testing.assert_allclose(ours, best.x, atol=2e-3)


def test_power_law_of_exact_counts():
    n, m = np.array([8, 8, 16, 16, 32]), np.array([4, 16, 4, 16, 4])
    fit = T.fit_power_law(n, m, n**2 // m)
    assert fit.n_exponent.value == pytest.approx(2)
    assert fit.m_exponent.value == pytest.approx(-1)
    assert fit.expected(64, 16) == pytest.approx(256)
    assert "n^(2.000" in str(fit)


def test_power_law_over_m_alone():
    fit = T.fit_power_law(64, [64, 128, 256], [16, 8, 4])
    assert math.isnan(fit.n_exponent.value)
    assert fit.m_exponent.value == pytest.approx(-1)
    assert fit.expected(64, 512) == pytest.approx(2)


def test_power_law_that_runs_away_says_so():
    fit = T.fit_power_law([4, 4, 8, 8], [2, 3, 2, 3], [0, 0, 5, 3])
    assert not fit.converged
    assert fit.n_exponent.high == math.inf


@pytest.mark.parametrize(
    ("n", "m", "counts", "said"),
    [
        ([4, 8], [16, 32], [1, 2], "vary together"),
        (4, [8, 16], [0, 0], "Every count is 0"),
        ([4, 8, 16], 4, [1, 2], "do not fit 2 counts"),
    ],
)
def test_power_law_bad_input(n, m, counts, said):
    with pytest.raises(BadInput, match=said):
        T.fit_power_law(n, m, counts)


def test_bootstrap_is_deterministic_and_contains_its_estimate(rng):
    values = rng.standard_normal((30, 4)) + 5
    one, two = T.bootstrap_interval(values, seed=3), T.bootstrap_interval(values, seed=3)
    np.testing.assert_array_equal(one.low, two.low)
    assert one.value.shape == (4,)
    assert ((one.low < one.value) & (one.value < one.high)).all()
    other = T.bootstrap_interval(values, seed=4)
    assert (other.low != one.low).any()


def test_bootstrap_of_any_statistic():
    result = T.bootstrap_interval([1, 2, 3, 4, 100], np.median)
    assert result.value == 3
    assert (result.low, result.high) == (1, 100)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"values": 3.0}, "one value per seed"),
        ({"values": [1.0], "confidence": 1.0}, "between 0 and 1"),
        ({"values": [1.0, math.nan]}, "NaN"),
    ],
)
def test_bootstrap_bad_input(arguments, said):
    with pytest.raises(BadInput, match=said):
        T.bootstrap_interval(**arguments)
