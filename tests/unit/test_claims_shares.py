"""Shares of cases by seed: inside [0, 1], right coverage, honest where nothing varies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from polysem._claims.common import by_network
from polysem._claims.effect import mean, mean_share, share_by_seed, share_difference


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=30),
    st.sampled_from([0.5, 0.95, 0.999]),
)
def test_the_interval_of_a_share_is_one_of_shares(pairs, confidence):
    trials = np.array([max(pair) for pair in pairs])
    hits = np.array([min(pair) for pair in pairs])
    found = share_by_seed(hits, trials, confidence)
    if not found.known:
        assert (trials > 0).sum() < 5
        return
    assert found.value == pytest.approx(hits.sum() / trials.sum())
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.low < found.high


@pytest.mark.parametrize("truth", [0.05, 0.5, 0.9])
def test_it_covers_although_cases_of_a_seed_depend_on_each_other(truth):
    """95 % intervals over 1,000 draws of 24 seeds with 8 cases whose shares scatter by seed (beta,
    a + b = 4); a cover below 92 % where 95 % is right has probability below 1e-4."""
    rng = np.random.default_rng(1)
    covered = alone = 0
    for _ in range(1000):
        of_seed = rng.beta(4 * truth, 4 * (1 - truth), 24)
        hits = rng.binomial(8, of_seed)
        found = share_by_seed(hits, np.full(24, 8), 0.95)
        covered += found.low <= truth <= found.high
        half = stats.binom(24 * 8, truth).std() / (24 * 8) * 1.96
        alone += abs(hits.mean() / 8 - truth) <= half
    assert covered >= 920
    assert alone < 850  # as if all cases were independent: these draws can tell


def test_in_the_middle_it_is_students():
    values = np.random.default_rng(2).beta(20, 20, 400)
    one, other = mean_share(values, 0.99), mean(values, 0.99)
    assert one.value == pytest.approx(other.value)
    assert one.low == pytest.approx(other.low, abs=2e-4)
    assert one.high == pytest.approx(other.high, abs=2e-4)


def test_by_hand():
    """Four seeds at 0, 1: Wilson (1927) for N cases, N from the spread of the seeds."""
    hits, trials = np.array([0, 0, 1, 1, 1, 0, 1, 1]), np.full(8, 1)
    found, p = share_by_seed(hits, trials, 0.9), 5 / 8
    cases = p * (1 - p) / (hits.var(ddof=1) / 8)
    t = stats.t.ppf(0.95, 7)
    for q in (found.low, found.high):
        assert (p - q) ** 2 == pytest.approx(t**2 * q * (1 - q) / cases)


@pytest.mark.parametrize("p", [0.0, 0.1, 1.0])
def test_equal_seeds_do_not_make_certainty(p):
    found = mean_share(np.full(10, p), 0.99)
    assert found.high - found.low > 0.3
    assert 0 <= found.low <= p <= found.high <= 1


def test_a_network_without_a_case_says_nothing():
    few = share_by_seed([1, 1, 1, 1, 0, 0], [2, 2, 2, 2, 0, 0], 0.9)
    assert not few.known
    assert few.size == 4


def test_a_difference_covers_and_needs_both():
    rng, misses = np.random.default_rng(3), 0
    for _ in range(500):
        one, other = rng.binomial(6, 0.7, 20), rng.binomial(4, 0.4, 20)
        found = share_difference((one, np.full(20, 6)), (other, np.full(20, 4)), 0.95)
        misses += not found.low <= 0.3 <= found.high
    assert misses <= stats.binom.ppf(1 - 1e-4, 500, 0.05)
    assert not share_difference(([1] * 9, [2] * 9), ([1], [1]), 0.9).known


def test_networks_are_told_apart_by_their_keys():
    import pandas as pd

    frame = pd.DataFrame({"m": [8, 8, 9, 9, 9], "seed": [0, 0, 0, 0, 1], "sign": [1, 0, 1, 1, 0]})
    hits, trials = by_network(frame, frame["sign"] == 1, ("m", "seed"))
    assert hits.tolist() == [1, 2, 0]
    assert trials.tolist() == [2, 2, 1]
