import math

import numpy as np
import pytest
from scipy import integrate

from polysem._theory import halfnormal
from polysem._theory.convergence import arsinh_sum
from polysem._theory.shapes import MeanFieldShape, RowShape
from polysem._theory.tail import KEEP, _bulk


@pytest.mark.parametrize("lead", [0.01, 0.3, 0.9])
def test_row_sums(rng, lead):
    size = np.sort(np.abs(rng.standard_normal(40)))
    size /= size.max()
    k, one, two = RowShape(-size).sums(lead)
    left = np.maximum(size - (1 - lead), 0)
    assert k == (left > 0).sum()
    assert one * lead == pytest.approx(left.sum())
    assert two * lead**2 == pytest.approx((left**2).sum())


def test_nearly_equal_weights_keep_their_digits():
    k, one, two = RowShape(np.array([0.5, 0.5 - 1e-12, 0.2])).sums(3e-12)
    assert k == 2
    assert one == pytest.approx(5 / 3, rel=1e-4)
    assert two == pytest.approx(13 / 9, rel=1e-4)


def test_zero_weights_do_not_count():
    assert RowShape(np.array([0.0, 0.3, 0.0])).sums(0.3) == (1, 1, 1)
    assert RowShape(np.zeros(3)).largest == 0
    assert math.isinf(RowShape(np.array([0.3])).second_behind)


@pytest.mark.parametrize("lead", [0.05, 1.0, 2.9])
def test_mean_field_sums_are_truncated_moments(lead):
    m, x = 50, 2.9
    shape = MeanFieldShape(m, x)
    assert shape.largest == pytest.approx(x / math.sqrt(m))
    below = 1 - math.erfc(x / math.sqrt(2))

    def others(power):
        def integrand(y):
            return max(y - (x - lead), 0) ** power * math.sqrt(2 / math.pi) * math.exp(-y * y / 2)

        return (m - 1) / below * integrate.quad(integrand, x - lead, x)[0]

    k, one, two = shape.sums(lead / math.sqrt(m))
    assert k == pytest.approx(1 + others(0))
    assert one * lead == pytest.approx(lead + others(1))
    assert two * lead**2 == pytest.approx(lead**2 + others(2))


def test_half_normal_moments_by_quadrature():
    def density(y):
        return math.sqrt(2 / math.pi) * math.exp(-y * y / 2)

    for u in (0.0, 0.7, 3.0, 7.0):
        for power, function in (
            (0, halfnormal.survival),
            (1, halfnormal.excess),
            (2, halfnormal.excess_square),
        ):
            exact = integrate.quad(
                lambda y, u=u, p=power: (y - u) ** p * density(y), u, u + 12, epsabs=0
            )[0]
            assert float(function(u)) == pytest.approx(exact, rel=1e-9)


def test_bulk_time_stands_for_the_weights_not_drawn(rng):
    """Deterministic given the seed: mean over 20 rows of 3,000, 64 of them kept, within 1 %."""
    exact, ours = [], []
    for _ in range(20):
        x = -np.sort(-np.abs(rng.standard_normal(3000)))
        leads = np.append(x[0] - x, x[0])[None]
        exact.append(arsinh_sum(leads)[0] - arsinh_sum(leads[:, :KEEP])[0])
        ours.append(_bulk(3000, x[None, :KEEP])[0])
    assert np.mean(ours) == pytest.approx(np.mean(exact), rel=0.01)
