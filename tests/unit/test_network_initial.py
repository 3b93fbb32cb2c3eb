"""Starting laws: sizes, moments, and exactly the collisions that were asked for."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polysem._errors import BadInput
from polysem._network.initial import Flipped, Normal, Orthogonal, Planted, Sparse, Xavier
from polysem._network.spec import NetworkSpec

LAWS = [
    Normal(),
    Xavier(),
    Xavier(shape="normal"),
    Orthogonal(),
    Sparse(k=3),
    Planted(benign=2, malign=1),
    Flipped(to="benign"),
    Flipped(to="malign"),
    Flipped(to="random"),
]


def collisions(W):
    """(benign, malign): first-choice collisions counted pair by pair."""
    choice = [max(range(W.shape[1]), key=lambda k, row=row: abs(row[k])) for row in W]
    counts = [0, 0]
    for i, j in combinations(range(len(W)), 2):
        if choice[i] == choice[j]:
            counts[int(W[i, choice[i]] * W[j, choice[j]] > 0)] += 1
    return tuple(counts)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_seed_names_the_start_and_scale_multiplies_it(law):
    W = law.draw(8, 12, 3)
    assert (W.shape, W.dtype) == ((8, 12), np.float32)
    assert np.array_equal(W, law.draw(8, 12, 3))
    assert not np.array_equal(W, law.draw(8, 12, 4))
    doubled = law.model_copy(update={"scale": 2.0}).draw(8, 12, 3)
    np.testing.assert_allclose(doubled, 2 * W, rtol=1e-6)
    held = NetworkSpec(n=8, m=12, initial=law)
    assert NetworkSpec.model_validate_json(held.canonical_json()) == held


def test_the_paper_start_has_the_bits_it_always_had():
    """Pinned: every stored run names its start by a seed."""
    W = np.random.default_rng(5).standard_normal((4, 9), dtype=np.float32)
    W *= np.float32(1.5 / 3)
    assert np.array_equal(Normal(scale=1.5).draw(4, 9, 5), W)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("law", "variance"),
    [
        (Normal(scale=2), 4 / 300),
        (Xavier(), 2 / 500),
        (Xavier(shape="normal", scale=3), 18 / 500),
        (Sparse(k=4), 1 / 300),
        (Orthogonal(), 1 / 300),
    ],
    ids=str,
)
def test_the_variance_is_the_stated_one(law, variance):
    """60,000 weights, within 5 standard errors measured on them; false alarms below 1e-6."""
    W = law.draw(200, 300, 0).astype(float)
    assert abs((W**2).mean() - variance) < 5 * (W**2).std() / W.size**0.5
    assert abs(W.mean()) < 5 * W.std() / W.size**0.5


@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (6, 6)])
def test_orthogonal_rows_or_columns(n, m):
    W = Orthogonal(scale=2).draw(n, m, 0).astype(float)
    inner = W @ W.T if n <= m else W.T @ W
    np.testing.assert_allclose(inner, 4 * np.eye(min(n, m)), atol=1e-5)


def test_xavier_uniform_is_bounded_and_sparse_has_k_weights_a_row():
    assert np.abs(Xavier().draw(50, 100, 0)).max() <= np.sqrt(6 / 150)
    assert (np.count_nonzero(Sparse(k=3).draw(50, 100, 0), axis=1) == 3).all()


@given(st.integers(2, 20), st.integers(0, 6), st.integers(0, 6), st.integers(0, 99), st.data())
def test_exactly_the_planted_collisions_are_there(n, benign, malign, seed, data):
    pairs = benign + malign
    while 2 * pairs > n:
        benign, malign = benign // 2, malign // 2
        pairs = benign + malign
    m = data.draw(st.integers(n - pairs, 3 * n))
    W = Planted(benign=benign, malign=malign).draw(n, m, seed)
    assert collisions(W) == (benign, malign)
    plain = Normal().draw(n, m, seed)
    assert np.array_equal(np.sort(np.abs(W)), np.sort(np.abs(plain)))  # moved within rows only
    assert (np.sign(W).sum(1) != np.sign(plain).sum(1)).sum() <= pairs


@given(st.integers(2, 20), st.integers(1, 30), st.integers(0, 99))
def test_flipping_changes_signs_of_colliding_first_choices_only(n, m, seed):
    plain = Normal().draw(n, m, seed)
    choice = np.abs(plain).argmax(1)
    crowd = np.bincount(choice, minlength=m)
    for law in LAWS[-3:]:
        W = law.draw(n, m, seed)
        assert np.array_equal(np.abs(W), np.abs(plain))
        rows, columns = np.nonzero(plain != W)
        assert (choice[rows] == columns).all()
        assert (crowd[columns] > 1).all()
        benign, malign = collisions(W)
        if law.to == "malign":
            assert benign == 0
        if law.to == "benign":  # of k on one neuron, as many pairs differ as can
            assert benign == sum((k // 2) * (k - k // 2) for k in crowd)
        assert benign + malign == sum(k * (k - 1) // 2 for k in crowd)


@pytest.mark.parametrize(
    ("initial", "word"),
    [
        ({"kind": "sparse", "k": 13}, "row of m = 12"),
        ({"kind": "planted", "benign": 3, "malign": 2}, "need 10 features"),
        ({"kind": "planted", "benign": -1}, "greater than or equal to 0"),
        ({"kind": "flipped"}, "required"),
        ({"kind": "flipped", "to": "both"}, "'benign', 'malign' or 'random'"),
        ({"kind": "kaiming"}, "allowed are normal, xavier"),
    ],
)
def test_a_start_that_cannot_be_is_one_sentence(initial, word):
    with pytest.raises(BadInput, match=word) as error:
        NetworkSpec.build(n=8, m=12, initial=initial)
    assert "\n" not in str(error.value)


def test_too_few_neurons_to_keep_the_others_apart():
    with pytest.raises(BadInput, match="need 7 neurons"):
        NetworkSpec.build(n=8, m=6, initial={"kind": "planted", "malign": 1})
