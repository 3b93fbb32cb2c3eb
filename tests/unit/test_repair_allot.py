"""A feature for every neuron: as good as the best of all fair ways, which are listed."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polysem._repair.allot import allotted


def fair(keep, features):
    counts = np.bincount(keep, minlength=features)
    return counts.max() - counts.min() <= 1


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**32 - 1), st.booleans())
def test_the_best_of_all_fair_ways(neurons, features, seed, coarse):
    liking = np.random.default_rng(seed).uniform(-1, 1, (neurons, features))
    liking = np.round(liking, 0 if coarse else 12)
    found = allotted(liking)
    assert len(found) == neurons
    assert fair(found, features)
    worth = [
        liking[range(neurons), keep].sum()
        for keep in product(range(features), repeat=neurons)
        if fair(keep, features)
    ]
    assert liking[range(neurons), found].sum() == pytest.approx(max(worth))


def test_a_feature_that_no_neuron_likes_gets_its_share():
    liking = np.tile([0.9, 0.1, -0.8], (7, 1))
    assert sorted(np.bincount(allotted(liking), minlength=3)) == [2, 2, 3]
