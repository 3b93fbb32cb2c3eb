import math

import numpy as np
import pytest

from polysem import _theory as T


def test_roots_solve_the_cubic():
    pull = np.linspace(0, T.FATAL_PULL, 50)
    for root in (T.upper_root(pull), T.lower_root(pull)):
        np.testing.assert_allclose(4 * (1 - root**2) * root, pull, atol=1e-12)
    assert (T.upper_root(pull) >= T.lower_root(pull) - 1e-7).all()


def test_roots_meet_at_the_fatal_pull():
    assert T.upper_root(T.FATAL_PULL) == pytest.approx(1 / math.sqrt(3), abs=1e-7)
    assert T.lower_root(T.FATAL_PULL) == pytest.approx(1 / math.sqrt(3), abs=1e-7)
    assert math.isnan(T.upper_root(1.01 * T.FATAL_PULL))
    assert math.isnan(T.lower_root(-0.1))


def test_surviving_weight():
    assert T.surviving_weight(0) == 1
    assert T.surviving_weight(0.01) == pytest.approx(1 - 0.01 / 8, abs=1e-5)
    np.testing.assert_array_equal(np.isnan(T.surviving_weight([0.1, 2.0])), [False, True])
