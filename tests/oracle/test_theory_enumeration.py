"""Counting formulas against every assignment there is, for sizes where all can be listed."""

from itertools import combinations, product

import numpy as np
import pytest

from polysem import _theory as T

BALLS = [(1, 1), (2, 1), (6, 1), (3, 2), (5, 2), (7, 2), (4, 3), (6, 3), (2, 7), (4, 5)]
DISTINCT = [(1, 1), (2, 1), (2, 2), (3, 2), (4, 2), (3, 4), (5, 4), (6, 5), (7, 4)]


def both(slots, m):
    """Neurons of which both slots, 2k and 2k+1, are among `slots`."""
    return sum(2 * k in slots and 2 * k + 1 in slots for k in range(m))


@pytest.mark.parametrize(("n", "m"), BALLS)
def test_signed_balls_in_bins(n, m):
    every = np.array([both(set(s), m) for s in product(range(2 * m), repeat=n)])
    assert T.balls_count(n, m) == pytest.approx(every.mean(), abs=1e-12)
    assert T.balls_variance(n, m) == pytest.approx(every.var(), abs=1e-12)
    law = T.balls_distribution(n, m)
    assert len(law) > every.max()
    np.testing.assert_allclose(law, [(every == k).mean() for k in range(len(law))], atol=1e-14)


@pytest.mark.parametrize(("n", "m"), DISTINCT)
def test_random_exclusion(n, m):
    every = np.array([both(set(s), m) for s in combinations(range(2 * m), n)])
    assert T.exclusion_count(n, m) == pytest.approx(every.mean(), abs=1e-12)
    assert T.exclusion_variance(n, m) == pytest.approx(every.var(), abs=1e-12)
    law = T.exclusion_distribution(n, m)
    np.testing.assert_allclose(law, [(every == k).mean() for k in range(len(law))], atol=1e-12)
    assert T.polysemantic_floor(n, m) == every.min()
    assert T.polysemantic_ceiling(n, m) == every.max()


@pytest.mark.parametrize(("n", "m"), [(2, 3), (3, 2), (4, 3), (5, 2)])
def test_pairs_at_the_start(n, m):
    pairs, opposite = [], []
    for slots in product(range(2 * m), repeat=n):
        together = [(a, b) for a, b in combinations(slots, 2) if a // 2 == b // 2]
        pairs.append(len(together))
        opposite.append(sum(a != b for a, b in together))
    assert T.start_collisions(n, m) == pytest.approx(np.mean(pairs))
    assert T.opposite_pairs(n, m) == pytest.approx(np.mean(opposite))
    assert T.pair_variance(n, m) == pytest.approx(np.var(pairs))
    assert T.pair_variance(n, 2 * m) == pytest.approx(np.var(opposite))


@pytest.mark.parametrize(("n", "m"), [(3, 2), (5, 3), (4, 4)])
def test_occupancy_at_the_start(n, m):
    counts = np.zeros(n + 1)
    for places in product(range(m), repeat=n):
        counts += np.bincount(np.bincount(places, minlength=m), minlength=n + 1)
    np.testing.assert_allclose(T.occupancy_at_start(n, m, most=n), counts / m**n)


@pytest.mark.parametrize("n", [40, 64, 120])
@pytest.mark.parametrize("m", [3, 16, 40, 200, 3000])
def test_variance_and_law_are_two_paths_to_one_number(n, m):
    law = T.balls_distribution(n, m)
    k = np.arange(len(law))
    assert law.sum() == pytest.approx(1, abs=1e-12)
    assert law @ k == pytest.approx(T.balls_count(n, m), rel=1e-9)
    assert law @ k**2 - (law @ k) ** 2 == pytest.approx(T.balls_variance(n, m), rel=1e-6, abs=1e-9)
