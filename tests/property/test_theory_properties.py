import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polysem import _theory as T

sizes = st.integers(1, 10**9)
small = st.integers(1, 60)
rows = st.integers(0, 10**6).flatmap(
    lambda seed: st.integers(2, 40).map(
        lambda m: np.random.default_rng(seed).standard_normal(m) / math.sqrt(m)
    )
)


@given(sizes, sizes)
def test_counts_respect_their_bounds(n, m):
    for count in (T.balls_count(n, m), T.exclusion_count(n, m)):
        assert 0 <= count <= min(n / 2, m) * (1 + 1e-9)
    assert T.polysemantic_floor(n, m) <= T.polysemantic_ceiling(n, m) + (n > 2 * m) * n
    assert T.exclusion_count(n, m) >= T.polysemantic_floor(n, m) * (1 - 1e-9)
    assert T.balls_count(n, m) <= T.exclusion_count(n, m) * (1 + 1e-9)
    assert (
        T.balls_count(n, m)
        <= T.opposite_pairs(n, m) * (1 + 1e-9)
        <= T.paper_count(n, m) * (1 + 1e-8)
    )


@given(sizes, sizes)
def test_counts_grow_with_features(n, m):
    assume(n < 10**9)
    assert T.balls_count(n + 1, m) >= T.balls_count(n, m) * (1 - 1e-9)
    assert T.exclusion_count(n + 1, m) >= T.exclusion_count(n, m) * (1 - 1e-9)


@given(small, small)
def test_variance_is_below_poisson_and_intervals_hold_the_mean(n, m):
    mean = T.balls_count(n, m)
    assert -1e-12 <= T.balls_variance(n, m) <= mean * (1 + 1e-9)
    for (low, high), value in (
        (T.balls_interval(n, m), mean),
        (T.exclusion_interval(n, m), T.exclusion_count(n, m)),
    ):
        assert low == int(low)
        assert high == int(high)
        assert low - 1 < value < high + 1


@given(small, small, st.floats(0.5, 0.99))
def test_intervals_have_the_probability_they_claim(n, m, confidence):
    for law, (low, high) in (
        (T.balls_distribution(n, m), T.balls_interval(n, m, confidence)),
        (T.exclusion_distribution(n, m), T.exclusion_interval(n, m, confidence)),
    ):
        assert law[int(low) : int(high) + 1].sum() >= confidence - 1e-9


@settings(max_examples=12)
@given(st.integers(1, 10**6), st.floats(0, 3))
def test_predictions_survive_any_arguments(m, l1):
    for item in T.predict(max(1, m // 3), m, l1):
        assert item.label in repr(item)
        if item.low is not None and item.high is not None:
            # A skewed law may leave out its mean.
            assert item.low - 1 <= item.value <= item.high + 1


@settings(max_examples=20)
@given(rows, st.floats(0.001, 0.5))
def test_a_row_keeps_its_order_and_thins_out(row, l1):
    t = np.linspace(0, 5, 12)
    s = T.sparsification(len(row), l1, t, row=row)
    assert (np.diff(s.m_prime) <= 0).all()
    assert s.m_prime[0] == len(row)
    alive = s.m_prime > 0
    np.testing.assert_allclose(
        s.m_prime[alive], ((1 + s.rv) * s.l1_norm**2 / s.norm**2)[alive], rtol=1e-6
    )
    flipped = T.sparsification(len(row), l1, t, row=-row[::-1])
    np.testing.assert_allclose(flipped.l1_norm, s.l1_norm, rtol=1e-9)


@given(rows, st.floats(0.2, 5))
def test_scaled_time_forgets_the_scale(row, factor):
    assert T.manifold_time(factor * row) == pytest.approx(T.manifold_time(row), rel=1e-9)


@settings(max_examples=20)
@given(rows)
def test_thresholds_are_ordered(row):
    alive, threshold, dead = (
        T.sure_survival_threshold(row),
        T.death_threshold(row),
        T.sure_death_threshold(row),
    )
    assert 0 < alive <= threshold * (1 + 1e-5)
    assert threshold <= dead * (1 + 1e-5)


def test_rows_at_the_edges():
    assert T.death_threshold(np.zeros(3)) == 0
    assert math.isnan(T.one_sparse_time(np.zeros(3), 0.1))
    assert T.one_sparse_time([0.0, 0.4], 0.1) == 0
    assert T.one_sparse_time([0.4, -0.4], 0.1) == math.inf
    assert T.one_sparse_time([0.4, 0.5], 0.0) == math.inf
    assert math.isnan(T.one_sparse_time([0.1, 0.11], 1.0))
    assert T.manifold_time([0.5]) == 0
    dead = T.sparsification(3, 0.1, [0.0, 1.0], row=np.zeros(3))
    assert not dead.l1_norm.any()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.floats(0.1, 20))
def test_comparison_is_consistent(counts, expected):
    result = T.compare_counts(counts, expected)
    assert result.low <= result.ratio <= result.high
    assert 0 <= result.p_value <= 1
    if result.p_value < 0.04:
        assert not result.agrees
