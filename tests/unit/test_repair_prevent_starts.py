"""Starts that keep features apart: what they promise, on any start, and what they record."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polysem import BadInput
from polysem._repair.prevent.disjoint import Disjoint
from polysem._repair.prevent.distinct import Distinct, assigned
from polysem._repair.prevent.method import StartMethod
from polysem._repair.prevent.orthogonal import Orthogonal
from polysem._repair.prevent.shuffled import Shuffled

STARTS: list[StartMethod] = [Distinct(), Disjoint(), Orthogonal(), Shuffled()]
sizes = st.tuples(st.integers(1, 7), st.integers(1, 9), st.integers(0, 10**6))


def normal(n, m, seed):
    return np.random.default_rng(seed).normal(size=(n, m)) / m**0.5


@pytest.mark.parametrize("start", STARTS, ids=lambda s: s.name)
def test_the_given_start_stays_and_the_same_seed_gives_the_same_bits(start):
    W = normal(5, 12, 0)[None].repeat(2, 0).astype(np.float32)
    before = W.copy()
    one, two = start.apply(W, [3, 4]), start.apply(W, [3, 4])
    assert np.array_equal(W, before)
    assert np.array_equal(one.W, two.W)
    assert one.W.dtype == np.float32
    assert np.array_equal(start.apply(W[1], [4]).W[0], one.W[1])


@pytest.mark.parametrize("start", STARTS, ids=lambda s: s.name)
def test_the_record_says_where_every_largest_weight_went(start):
    W = normal(6, 13, 1)
    done = start.apply(W, [8])
    first = {i: int(np.abs(row).argmax()) for i, row in enumerate(W)}
    last = {i: int(np.abs(row).argmax()) for i, row in enumerate(done.W[0])}
    for row in done.moved.to_dicts():
        assert row["seed"] == 8
        assert row["neuron"] == first.pop(row["feature"])
        assert row["to_neuron"] == last.pop(row["feature"])
    assert first == last  # of those without a row


@given(sizes)
def test_distinct_first_choices_share_only_what_they_must(size):
    n, m, seed = size
    W = normal(n, m, seed)
    if n > 2 * m:
        with pytest.raises(BadInput, match="do not fit"):
            Distinct().apply(W)
        return
    (new,) = Distinct().apply(W).W
    assert np.allclose(np.sort(np.abs(new)), np.sort(np.abs(W)))  # a row keeps its weights
    choice = np.abs(new).argmax(1)
    counts = np.bincount(choice, minlength=m)
    assert counts.max() <= 2
    assert (counts == 2).sum() == max(0, n - m)
    for k in np.flatnonzero(counts == 2):
        one, other = np.flatnonzero(choice == k)
        assert new[one, k] * new[other, k] < 0


def test_the_assignment_is_the_best_of_all():
    for seed in range(20):
        W = normal(4, 5, seed)
        best = max(sum(abs(W[range(4), ks])) for ks in map(list, permutations(range(5), 4)))
        assert np.abs(W)[range(4), assigned(W)].sum() == pytest.approx(best)


def test_features_without_conflict_stay_where_they_are():
    W = np.array([[0.9, 0.1, 0.3], [0.2, -0.8, 0.1]])
    done = Distinct().apply(W)
    assert np.array_equal(done.W[0], W)
    assert len(done.moved) == 0


@given(sizes, st.integers(0, 3))
def test_disjoint_supports_keep_the_norm_of_each_row(size, k):
    n, m, seed = size
    W = normal(n, m, seed)
    if n * max(k, 1) > m:
        with pytest.raises(BadInput, match="to themselves"):
            Disjoint(k=k).apply(W)
        return
    (new,) = Disjoint(k=k).apply(W).W
    assert (np.count_nonzero(new, axis=1) == (k or m // n)).all()
    assert np.count_nonzero(new, axis=0).max() == 1
    assert np.allclose(np.linalg.norm(new, axis=1), np.linalg.norm(W, axis=1))


def test_a_row_of_zeros_is_spread_evenly_not_lost():
    W = np.vstack([np.zeros(4), normal(1, 4, 0)])
    (new,) = Disjoint().apply(W).W
    assert np.isfinite(new).all()
    assert not new[0].any()


@pytest.mark.parametrize(("n", "m"), [(4, 9), (6, 6), (7, 3)])
def test_orthogonal_is_the_nearest_orthogonal_matrix(n, m):
    W = normal(n, m, 2)
    (new,) = Orthogonal().apply(W).W
    G = new @ new.T if n <= m else new.T @ new
    scale = G[0, 0]
    assert np.allclose(G, scale * np.eye(len(G)))
    assert np.linalg.norm(new) == pytest.approx(np.linalg.norm(W))
    # The nearest has the largest inner product with W there is: the sum of singular values.
    assert (W * new).sum() / scale**0.5 == pytest.approx(np.linalg.svd(W)[1].sum())


def test_shuffled_keeps_rows_and_differs_from_seed_to_seed():
    W = normal(30, 20, 4)
    done = Shuffled().apply(np.stack([W, W]), [0, 1])
    assert np.allclose(np.sort(done.W[0]), np.sort(W))
    assert not np.array_equal(done.W[0], done.W[1])
    assert len(done.moved) > 40  # of 60, one in twenty stays


@pytest.mark.statistical
def test_shuffled_first_choices_are_uniform():
    """χ² over 16 neurons, fixed seeds; false alarm 1e-3 were they drawn anew."""
    from scipy.stats import chisquare

    W = np.zeros((64, 16))
    W[:, 3] = 1.0
    done = Shuffled().apply(np.stack([W] * 20))
    counts = np.bincount(np.abs(done.W).argmax(-1).ravel(), minlength=16)
    assert chisquare(counts).pvalue > 1e-3


@given(sizes)
def test_distinct_knows_no_order_of_neurons_or_features(size):
    n, m, seed = size
    if n > m:
        return
    W = normal(n, m, seed)
    draws = np.random.default_rng(seed)
    rows, columns = draws.permutation(n), draws.permutation(m)
    (plain,), (turned,) = Distinct().apply(W).W, Distinct().apply(W[rows][:, columns]).W
    assert np.array_equal(plain[rows][:, columns], turned)


def test_a_start_that_is_not_finite_is_refused():
    with pytest.raises(BadInput, match="not finite"):
        Distinct().apply(np.array([[np.nan, 1.0]]))
