"""Related features, groups on a neuron, and counts at every threshold."""

import itertools

import numpy as np
import pytest

from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.selectivity.sweep import threshold_sweep
from polysem._errors import BadInput


def test_groups_against_merging_sets_by_hand(rng):
    for _ in range(20):
        matrix = np.triu(rng.random((6, 6)) < 0.25, 1)
        related = Relatedness.from_similarity((matrix | matrix.T).astype(float))
        selective = rng.random((15, 6)) < 0.6
        for k, found in enumerate(related.groups(selective)):
            sets = [{f} for f in np.flatnonzero(selective[k])]
            for i, j in itertools.combinations(np.flatnonzero(selective[k]), 2):
                if matrix[i, j]:
                    one = next(s for s in sets if i in s)
                    other = next(s for s in sets if j in s)
                    if one is not other:
                        one |= other
                        sets.remove(other)
            assert found == len(sets)


def test_a_chain_of_relations_is_one_group_only_if_it_is_whole():
    chain = np.eye(3, k=1) + np.eye(3, k=-1)
    related = Relatedness.from_similarity(chain)
    selective = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 1], [0, 0, 0]], dtype=bool)
    assert related.groups(selective).tolist() == [1, 2, 1, 0]
    assert related.polysemantic(selective).tolist() == [False, True, False, False]
    assert Relatedness.none(3).groups(selective).tolist() == [3, 2, 1, 0]


def test_relation_from_labels():
    a = np.array([1, 1, 0, 0, 0, 0, 1, 0.0])
    b = np.array([1, 1, 0, 0, 0, 0, 0, 0.0])
    phi = np.corrcoef(a, b)[0, 1]
    labels = np.c_[a, b, 1 - a, np.ones(8)]
    for threshold, expected in ((phi, True), (phi + 1e-6, False)):
        related = Relatedness.from_labels(labels, threshold).related
        assert related[0, 1] == related[1, 0] == expected
        assert related.sum() == 2 * expected  # exclusive and constant features are not related
    assert "0.5" in Relatedness.from_labels(labels).words


def test_relation_from_a_hierarchy():
    #       0        6
    #     1   2
    #   3  4   5
    parents = [-1, 0, 0, 1, 1, 2, -1]
    pairs = {tuple(p) for p in np.argwhere(np.triu(Relatedness.from_hierarchy(parents).related))}
    assert pairs == {(0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (2, 5), (3, 4)}
    wider = Relatedness.from_hierarchy(parents, levels=2).related
    assert wider[3, 5]
    assert wider[:, 6].sum() == 0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Relatedness.from_hierarchy([1, 0]), "has a loop"),
        (lambda: Relatedness.from_hierarchy([-1, 5]), "names the parent 5; allowed .* 0 to 1"),
        (lambda: Relatedness.from_hierarchy([-1, -2]), "names the parent -2"),
        (lambda: Relatedness.from_hierarchy([-1], levels=0), "levels = 0"),
        (lambda: Relatedness.from_hierarchy([0.5]), "one whole number per feature"),  # type: ignore[list-item]
        (lambda: Relatedness.from_similarity(np.ones((2, 3))), r"shape \(2, 3\)"),
        (lambda: Relatedness.from_similarity([[1, 0], [1, 1]]), "must be symmetric"),
        (lambda: Relatedness.from_labels(np.eye(3), 0), "threshold = 0 is not allowed"),
        (lambda: Relatedness.none(3).groups(np.ones((4, 2), dtype=bool)), "knows 3 features"),
    ],
)
def test_refusals(make, sentence):
    with pytest.raises(BadInput, match=sentence):
        make()


def test_threshold_sweep():
    strengths = np.array([[0.6, 0.8, 0.9], [0.7, np.nan, 0.55], [np.nan] * 3])
    related = Relatedness.from_similarity(np.eye(3, k=1) + np.eye(3, k=-1))
    found = threshold_sweep(strengths, related, [0.75, 0.5])
    assert found.thresholds.tolist() == [0.5, 0.75]
    assert found.features.tolist() == [[3, 2, 0], [2, 0, 0]]
    assert found.groups.tolist() == [[1, 2, 0], [1, 0, 0]]
    assert found.polysemantic.tolist() == [1, 0]
    assert found.monosemantic.tolist() == [1, 1]
    assert found.silent.tolist() == [1, 2]
    assert len(threshold_sweep(strengths).thresholds) == 9
