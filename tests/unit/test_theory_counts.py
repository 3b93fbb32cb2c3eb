import math

import numpy as np
import pytest

from polysem import _theory as T
from polysem._errors import BadInput
from polysem._theory import start
from polysem._theory.counts import both_signs_probability


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (T.paper_count, 16.0),
        (T.opposite_pairs, math.comb(256, 2) / 2048),
        (T.balls_count, 1024 * (1 - 2 * (1 - 1 / 2048) ** 256 + (1 - 1 / 1024) ** 256)),
        (T.exclusion_count, 256 * 255 / (2 * 2047)),
        (T.start_collisions, math.comb(256, 2) / 1024),
        (T.polysemantic_floor, 0.0),
        (T.polysemantic_ceiling, 128.0),
        (T.features_without_slot, 0.0),
    ],
)
def test_formula_at_one_point(function, expected):
    value = function(256, 1024)
    assert isinstance(value, float)
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "function", [T.paper_count, T.opposite_pairs, T.balls_count, T.exclusion_count]
)
def test_vectorised_over_m_and_n(function):
    m = np.array([64, 256, 4096])
    together = function(64, m)
    assert together.shape == (3,)
    np.testing.assert_array_equal(together, [function(64, int(one)) for one in m])
    assert function([[8], [9]], m).shape == (2, 3)


def test_bounds_below_n_neurons():
    assert T.polysemantic_floor(100, 60) == 40
    assert T.polysemantic_floor(100, 30) == 30  # every neuron is shared
    assert T.features_without_slot(100, 30) == 40
    assert T.exclusion_count(100, 50) == 50
    assert T.exclusion_count(101, 50) == 50
    assert T.signed_slots(30) == 60


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_small_probability_keeps_its_digits(n):
    # Leading term n(n−1)h², h = 1/2m: the plain alternating sum would return 0 or noise here.
    m = 10**9
    leading = n * (n - 1) / (2 * m) ** 2
    assert float(both_signs_probability(n, m)) == pytest.approx(leading, rel=1e-5)


def test_one_feature_never_collides():
    for m in (1, 2, 10**9):
        assert T.balls_count(1, m) == T.exclusion_count(1, m) == T.opposite_pairs(1, m) == 0


def test_occupancies_account_for_every_neuron_and_feature():
    at_start = start.occupancy_at_start(50, 200, most=50)
    assert at_start.sum() == pytest.approx(200)
    assert at_start @ np.arange(51) == pytest.approx(50)
    end = start.occupancy_by_exclusion(50, 40)
    assert end.sum() == pytest.approx(40)
    assert end @ [0, 1, 2] == pytest.approx(50)
    np.testing.assert_allclose(start.occupancy_by_exclusion(90, 40), [0, 0, 40])


def test_large_sizes_stay_finite():
    for n, m in [(10**9, 10**9), (10**9, 1), (1, 10**9), (10**12, 10**12), (10**5, 10**9)]:
        for value in (
            T.balls_count(n, m),
            T.balls_variance(n, m),
            *T.balls_interval(n, m),
            T.exclusion_variance(n, m),
            *T.exclusion_interval(n, m),
        ):
            assert math.isfinite(value)
            assert value >= 0


def test_bad_size():
    with pytest.raises(BadInput, match="m = 0 is not allowed"):
        T.balls_count(3, 0)
