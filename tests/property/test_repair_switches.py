"""Switches: what they change and what they leave alone, on any weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polysem
from polysem import BadInput

sizes = st.tuples(st.integers(2, 7), st.integers(2, 6), st.integers(0, 10**6))
SWITCHES = [
    {"kind": "signs"},
    {"kind": "swap", "features": (0, 1)},
]


def normal(size):
    n, m, seed = size
    return np.random.default_rng(seed).normal(size=(n, m))


def collisions(W):
    """(i, j) → True if their first choices meet with opposite signs, by a plain loop."""
    choice = np.abs(W).argmax(1)
    return {
        (i, j): bool(W[i, choice[i]] * W[j, choice[i]] < 0)
        for i in range(len(W))
        for j in range(i)
        if choice[i] == choice[j]
    }


@given(sizes, st.sampled_from(SWITCHES))
def test_applied_twice_they_change_nothing(size, switch):
    W = normal(size)
    once = polysem.intervene(W, switch).W
    assert np.array_equal(polysem.intervene(once, switch).W[0], W)


@given(sizes)
def test_signs_turn_benign_pairs_malign_and_back(size):
    W = normal(size)
    before = collisions(W)
    (turned,) = polysem.intervene(W, "signs").W
    after = collisions(turned)
    assert before.keys() == after.keys()
    choice = np.abs(W).argmax(1)
    for i, j in before:
        if (choice == choice[i]).sum() == 2:
            assert after[i, j] != before[i, j]
    assert np.array_equal(np.abs(turned), np.abs(W))


@given(sizes)
def test_malign_has_no_benign_collision_and_benign_no_malign_pair(size):
    W = normal(size)
    (malign,) = polysem.intervene(W, {"kind": "signs", "to": "malign"}).W
    (benign,) = polysem.intervene(W, {"kind": "signs", "to": "benign"}).W
    choice = np.abs(W).argmax(1)
    assert not any(collisions(malign).values())
    for (i, _), opposite in collisions(benign).items():
        assert opposite or (choice == choice[i]).sum() > 2
    # weights that are nobody's colliding first choice stay
    counts = np.bincount(choice, minlength=W.shape[1])
    for new in (malign, benign):
        for i, k in np.argwhere(new != W):
            assert choice[i] == k
            assert counts[k] > 1


@given(sizes)
def test_the_record_names_every_weight_that_changed(size):
    W = normal(size)
    done = polysem.intervene(W, {"kind": "signs", "to": "malign"}, seeds=[4])
    named = {(r["feature"], r["neuron"]) for r in done.moved.to_dicts() if r["seed"] == 4}
    assert named == {tuple(map(int, at)) for at in np.argwhere(done.W[0] != W)}
    swapped = polysem.intervene(W, "swap")
    for r in swapped.moved.to_dicts():
        assert r["neuron"] == np.abs(W[r["feature"]]).argmax()
        assert r["to_neuron"] == np.abs(swapped.W[0, r["feature"]]).argmax()


@given(sizes)
def test_a_swap_of_features_alone_on_their_neurons_changes_no_loss(size):
    n, m, seed = size
    W = normal((n, m + 2, seed))
    W[0, :] = W[1, :] = 0
    W[:, :2] = 0
    W[0, 0], W[1, 1] = 0.7, -0.9
    (new,) = polysem.intervene(W, "swap").W
    assert (new[0, 1], new[1, 0]) == (0.7, -0.9)
    assert polysem.network.loss(new, 0.1) == pytest.approx(float(polysem.network.loss(W, 0.1)))


@given(sizes, st.sampled_from(["other", "benign", "malign"]))
def test_signs_know_no_order_of_features_or_neurons(size, to):
    W = normal(size)
    draws = np.random.default_rng(size[2])
    rows, columns = draws.permutation(W.shape[0]), draws.permutation(W.shape[1])
    switch = {"kind": "signs", "to": to}
    (plain,), (turned,) = (
        polysem.intervene(W, switch).W, polysem.intervene(W[rows][:, columns], switch).W,
    )  # fmt: skip
    assert np.array_equal(plain[rows][:, columns], turned)


@given(sizes, st.sampled_from(["benign", "malign"]))
def test_a_merge_makes_the_collision_that_was_asked_for(size, sign):
    n, m, seed = size
    W = np.zeros((n, m))
    W[0, 0], W[1, 1] = np.random.default_rng(seed).choice([-0.9, 0.9], 2)
    done = polysem.intervene(W, {"kind": "merge", "sign": sign})
    new = done.W[0]
    assert not new[:, 1].any()
    assert abs(new[0, 0]) == abs(new[1, 0]) == 0.9
    assert (new[0, 0] * new[1, 0] < 0) == (sign == "benign")
    loss, before = (float(polysem.network.loss(w, 0.1)) for w in (new, W))
    if sign == "benign":  # ReLU hides the overlap: one-hot data cost nothing
        assert loss == pytest.approx(before)
    else:
        assert loss == pytest.approx(before + 2 * 0.9**4)
    assert [(r["neuron"], r["feature"], r["to_neuron"]) for r in done.moved.to_dicts()] == [
        (1, 1, 0)
    ]


def test_at_the_start_they_are_the_flipped_law():
    """The law of claim 14 and the switch on a plain start are the same numbers."""
    plain = polysem.simulate(n=8, m=8, l1=0.2, seeds=3, t_max=0.01)
    for to in ("benign", "malign"):
        law = polysem.simulate(
            n=8, m=8, l1=0.2, seeds=3, t_max=0.01, initial={"kind": "flipped", "to": to}
        )
        switched = polysem.intervene(plain.start, {"kind": "signs", "to": to}).W
        assert np.array_equal(switched, law.start)


def test_they_are_compared_like_any_method():
    result = polysem.prevent(
        n=8, m=16, l1=0.1, seeds=5, further=False, methods=[{"kind": "signs", "to": "malign"}]
    )
    names = [arm.name for arm in result.arms]
    assert names == ["plain", "signs:to=malign", "signs:to=random"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "swap", "features": (0, 9)}, "no feature 9 among n = 3"),
        ({"kind": "swap", "features": (1, 1)}, "two different features"),
        ({"kind": "merge", "neurons": (0, 7)}, "no neuron 7 among m = 4"),
        ({"kind": "signs", "to": "nice"}, "'nice' is not allowed"),
        ("leak", "changes how a network is trained"),
    ],
)
def test_refusals(change, words):
    with pytest.raises(BadInput, match=words):
        polysem.intervene(np.eye(3, 4), change)
