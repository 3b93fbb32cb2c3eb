"""Theory against seeded simulation of what it describes. False-alarm rates are per test.

A z-test at 4.5 standard errors alarms falsely with probability 7e-6 for each number compared.
"""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from polysem import _theory as T
from polysem._theory import halfnormal

pytestmark = pytest.mark.statistical
Z = 4.5


def thrown_balls(n, m, runs, rng):
    """Neurons with both signs in each of `runs` throws of n features on 2m slots."""
    slots = rng.integers(2 * m, size=(runs, n))
    taken = np.zeros((runs, 2 * m), dtype=bool)
    taken[np.arange(runs)[:, None], slots] = True
    return (taken[:, ::2] & taken[:, 1::2]).sum(1)


def drawn_slots(n, m, runs, rng):
    """The same with n distinct slots."""
    order = rng.random((runs, 2 * m)).argpartition(n - 1, axis=1)[:, :n]
    taken = np.zeros((runs, 2 * m), dtype=bool)
    taken[np.arange(runs)[:, None], order] = True
    return (taken[:, ::2] & taken[:, 1::2]).sum(1)


def check_moments(sample, mean, variance):
    n = len(sample)
    assert abs(sample.mean() - mean) < Z * math.sqrt(variance / n)
    fourth = ((sample - sample.mean()) ** 4).mean()
    error = math.sqrt(max(fourth - variance**2, 1e-12) / n)
    assert abs(sample.var() - variance) < Z * error


@pytest.mark.parametrize(("n", "m"), [(16, 64), (64, 256), (64, 64), (64, 16), (32, 1024)])
def test_balls_moments_and_coverage(n, m, rng):
    """4 comparisons a case at 4.5 standard errors: false alarm < 3e-5."""
    sample = thrown_balls(n, m, 4000, rng)
    check_moments(sample, T.balls_count(n, m), T.balls_variance(n, m))
    low, high = T.balls_interval(n, m)
    inside = ((sample >= low) & (sample <= high)).mean()
    assert inside > 0.95 - Z * math.sqrt(0.95 * 0.05 / len(sample))
    if low > 0:  # no wider than needed: one step less at both ends would not cover
        narrower = ((sample > low) & (sample < high)).mean()
        assert narrower < 0.95 + Z * math.sqrt(0.95 * 0.05 / len(sample))


@pytest.mark.parametrize(("n", "m"), [(16, 12), (64, 48), (64, 33), (10, 100)])
def test_exclusion_moments_and_coverage(n, m, rng):
    """3 comparisons a case at 4.5 standard errors: false alarm < 3e-5."""
    sample = drawn_slots(n, m, 4000, rng)
    check_moments(sample, T.exclusion_count(n, m), T.exclusion_variance(n, m))
    low, high = T.exclusion_interval(n, m)
    inside = ((sample >= low) & (sample <= high)).mean()
    assert inside > 0.95 - Z * math.sqrt(0.95 * 0.05 / len(sample))


def test_intervals_cover_counts_of_a_quarter(rng):
    """m = n²: the count is about 1/4 a run; false alarm < 1e-5."""
    sample = thrown_balls(16, 256, 20_000, rng)
    assert T.balls_count(16, 256) < 0.25
    for low, high in (T.balls_interval(16, 256), T.poisson_interval(T.paper_count(16, 256))):
        inside = ((sample >= low) & (sample <= high)).mean()
        assert inside > 0.95 - Z * math.sqrt(0.95 * 0.05 / len(sample))
        assert low == 0
        assert high <= 2


@pytest.mark.parametrize(("n", "m"), [(1500, 3000), (1500, 1500), (1500, 400)])
def test_balls_interval_beyond_the_exact_chain(n, m, rng):
    """Two-moment intervals; false alarm < 1e-5 a case."""
    sample = thrown_balls(n, m, 2000, rng)
    low, high = T.balls_interval(n, m)
    inside = ((sample >= low) & (sample <= high)).mean()
    assert inside > 0.95 - Z * math.sqrt(0.95 * 0.05 / len(sample))


@pytest.mark.parametrize(("n", "m"), [(64, 256), (64, 64), (40, 1000)])
def test_argmax_collisions_of_gaussian_rows(n, m, rng):
    """Means of pairs, opposite pairs and occupancy at 4.5 standard errors: false alarm < 5e-5."""
    pairs, opposite, occupancy = [], [], []
    for _ in range(300):
        W = rng.standard_normal((n, m))
        place = np.abs(W).argmax(1)
        sign = W[np.arange(n), place] > 0
        same_place = place[:, None] == place
        np.fill_diagonal(same_place, False)
        pairs.append(same_place.sum() / 2)
        opposite.append((same_place & (sign[:, None] != sign)).sum() / 2)
        occupancy.append(np.bincount(np.bincount(place, minlength=m), minlength=9)[:5])
    for seen, mean, places in (
        (pairs, T.start_collisions(n, m), m),
        (opposite, T.opposite_pairs(n, m), 2 * m),
    ):
        assert abs(np.mean(seen) - mean) < Z * math.sqrt(T.pair_variance(n, places) / 300)
        low, high = T.pair_interval(n, places)
        inside = np.mean((np.array(seen) >= low) & (np.array(seen) <= high))
        assert inside > 0.95 - Z * math.sqrt(0.95 * 0.05 / 300)
    error = np.std(occupancy, axis=0) / math.sqrt(300) + 1e-2
    assert (np.abs(np.mean(occupancy, axis=0) - T.occupancy_at_start(n, m)) < Z * error).all()


def test_largest_weights_are_drawn_from_their_law(rng):
    """Kolmogorov-Smirnov on the 1st, 2nd and last of 30 order statistics: false alarm 3e-5."""
    ours = halfnormal.sample_largest(50, 30, 4000, rng)
    plain = -np.sort(-np.abs(rng.standard_normal((4000, 50))), axis=1)
    for k in (0, 1, 29):
        result: Any = stats.ks_2samp(ours[:, k], plain[:, k])
        assert result.pvalue > 1e-5
    below = stats.kstest(ours[:, 0], lambda x: halfnormal.largest_is_below(x, 50))
    assert below.pvalue > 1e-5


@pytest.mark.parametrize("m", [2, 5, 40, 300])
def test_convergence_times_of_gaussian_rows(m, rng):
    """Share of rows beyond predicted quantiles, 4.5 standard errors: false alarm < 3e-5.

    The prediction is itself drawn (4,000 rows): its error is added in quadrature.
    """
    runs = 1000
    law = T.convergence_times(m)
    times = np.array([T.manifold_time(row) for row in rng.standard_normal((runs, m))])
    for q in (0.1, 0.5, 0.9, 0.98):
        error = math.sqrt(q * (1 - q) * (1 / runs + 2 / 4000))
        assert abs((times <= law.quantile(q)).mean() - q) < Z * error
    assert abs(times.mean() - law.mean) < Z * times.std() * math.sqrt(1 / runs + 2 / 4000)


def test_last_of_many_features(rng):
    """Median time of the slowest of 64 rows, 4.5 standard errors of a share: false alarm 7e-6."""
    runs = 150
    median = T.convergence_times(20).quantile(0.5, features=64)
    rows = rng.standard_normal((runs, 64, 20))
    last = [max(T.manifold_time(row) for row in run) for run in rows]
    assert abs((np.array(last) <= median).mean() - 0.5) < Z * 0.5 * math.sqrt(1 / runs + 0.02)


def test_tail_falls_as_exp_of_minus_root_two():
    law = T.convergence_times(100)
    t = [law.quantile(1 - 10.0**-k) for k in (5, 7)]
    assert (t[1] - t[0]) == pytest.approx(2 * math.log(10) / math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("m", [16, 64, 256])
def test_death_threshold_of_gaussian_rows(m, rng):
    """Share of rows that die at predicted quantiles, 4.5 standard errors: false alarm < 3e-5.

    The mean field may be off by 0.05 in probability on top of that.
    """
    runs = 60
    thresholds = np.array(
        [T.death_threshold(row / math.sqrt(m)) for row in rng.standard_normal((runs, m))]
    )
    for q in (0.25, 0.5, 0.75):
        l1 = T.typical_death_threshold(m, q)
        assert T.death_probability(m, l1) == pytest.approx(q, abs=0.01)
        share = (thresholds < l1).mean()
        assert abs(share - q) < 0.05 + Z * math.sqrt(q * (1 - q) / runs)


def test_sure_death_of_gaussian_rows(rng):
    """P(4·max|w| < λ), 4.5 standard errors: false alarm < 3e-5."""
    rows = np.abs(rng.standard_normal((20_000, 64))).max(1) / 8
    for l1 in (0.9, 1.1, 1.3):
        p = T.sure_death_probability(64, l1)
        assert abs((4 * rows < l1).mean() - p) < Z * math.sqrt(p * (1 - p) / 20_000)


@pytest.mark.parametrize("mean", [0.05, 0.25, 2.0, 30.0])
def test_garwood_covers(mean, rng):
    """Exact intervals cover with at least 95 %, 4.5 standard errors: false alarm < 1e-5."""
    counts, times = np.unique(rng.poisson(mean, 20_000), return_counts=True)
    inside = [low <= mean <= high for low, high in map(T.garwood, counts)]
    assert np.average(inside, weights=times) > 0.95 - Z * math.sqrt(0.95 * 0.05 / 20_000)


def test_power_law_intervals_cover(rng):
    """95 % intervals of the exponents over 400 tables, 4.5 standard errors: false alarm < 2e-5."""
    n, m = np.repeat([16, 32, 64], 12), np.tile([64, 128, 256], 12)
    seen = []
    for _ in range(400):
        fit = T.fit_power_law(n, m, rng.poisson(0.3 * n**2 / m))
        seen.append(
            (
                fit.n_exponent.low <= 2 <= fit.n_exponent.high,
                fit.m_exponent.low <= -1 <= fit.m_exponent.high,
            )
        )
    error = Z * math.sqrt(0.95 * 0.05 / 400)
    assert (np.abs(np.mean(seen, axis=0) - 0.955) < error + 0.01).all()


def test_dispersion_test_is_calibrated(rng):
    """p-values of Poisson counts are uniform (KS at 1e-5) and small for overdispersed ones."""
    p = [T.dispersion_test(rng.poisson(10, 30))[1] for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 1e-5
    wide = rng.poisson(rng.gamma(2, 5, 100))
    assert T.dispersion_test(wide)[1] < 1e-6
    assert T.dispersion_test(wide)[0] > 1


def test_bootstrap_of_the_mean_is_near_the_normal_interval(rng):
    """Deterministic given the seed; both ends within 5 % of ±1.96 standard errors."""
    values = rng.standard_normal(400)
    result = T.bootstrap_interval(values)
    error = values.std() / 20
    assert result.low == pytest.approx(result.value - 1.96 * error, abs=0.1 * error)
    assert result.high == pytest.approx(result.value + 1.96 * error, abs=0.1 * error)
