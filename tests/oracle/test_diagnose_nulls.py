"""Nulls against enumeration of all permutations, closed forms and laws of uniform rotations."""

import itertools

import numpy as np
import pytest
from scipy import stats

from polysem._diagnose.nulls.labels import CountRule, auroc_null, correlation_null
from polysem._diagnose.nulls.occupancy import (
    colocation,
    expected_shared,
    occupancy_null,
    signed_balls_test,
)
from polysem._diagnose.nulls.result import NullTest, generators
from polysem._diagnose.nulls.rotation import haar_frame, haar_rotation, rotated, rotation_null
from polysem._diagnose.nulls.shuffle import shuffle_null, shuffled
from polysem._diagnose.nulls.statistics import (
    largest_selectivity,
    mean_best_selectivity,
    mean_fourth_norm,
    mean_kurtosis,
    polysemantic_count,
)
from polysem._diagnose.selectivity.auroc import auroc
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput


def slow_label_null(x, y, draws, seed, statistic):
    """Permute, measure, compare, one draw and one pair at a time."""
    observed = statistic(x, y)
    null = np.array([statistic(x, y[g.permutation(len(y))]) for g in generators(draws, seed)])
    return observed, null


def auroc_z(x, y):
    """|AUROC − ½| over its exact permutation standard deviation, from SciPy's ranks."""
    n, n1 = len(x), y.sum(0)
    ranks = stats.rankdata(x, axis=0)
    deviation = np.sqrt(np.outer(ranks.var(0, ddof=1), n1 * (n - n1) / n))
    return np.abs((auroc(x, y) - 0.5) * n1 * (n - n1)) / deviation


@pytest.mark.parametrize("tied", [False, True])
def test_auroc_null_against_one_draw_at_a_time(rng, tied):
    y = (rng.random((40, 3)) < [0.2, 0.5, 0.3]).astype(float)
    x = rng.standard_normal((40, 5)) + 0.7 * y @ rng.standard_normal((3, 5))
    x = np.round(x) if tied else x
    rule = CountRule(0.62, Relatedness.none(3))
    found = auroc_null(x, y, draws=60, seed=4, rule=rule)
    observed, null = slow_label_null(x, y, 60, 4, auroc_z)
    slack = observed - 1e-9
    np.testing.assert_allclose(found.p, (1 + (null >= slack).sum(0)) / 61)
    by_neuron, overall = null.max(2)[:, :, None], null.max((1, 2))[:, None, None]
    np.testing.assert_allclose(found.p_neuron, (1 + (by_neuron >= slack).sum(0)) / 61)
    np.testing.assert_allclose(found.p_layer, (1 + (overall >= slack).sum(0)) / 61)
    np.testing.assert_allclose(found.largest, null.max(2), rtol=1e-5)
    np.testing.assert_allclose(np.abs(found.z), observed, rtol=1e-5)
    np.testing.assert_array_equal(np.sign(found.z), np.sign(auroc(x, y) - 0.5))
    assert found.strongest.observed == pytest.approx(observed.max(), rel=1e-5)
    assert found.strongest.p == pytest.approx(found.p_layer.min())
    assert found.count is not None
    count = polysemantic_count(y, rule)
    assert found.count.observed == count(x)
    _, counts = slow_label_null(x, y, 60, 4, lambda x, y: polysemantic_count(y, rule)(x))
    np.testing.assert_array_equal(found.count.null, counts)
    assert counts.max() > 0


def test_correlation_null_against_one_draw_at_a_time(rng):
    y = np.c_[rng.standard_normal(30), rng.random(30) < 0.4]
    x = rng.standard_normal((30, 4)) + y[:, :1] * [0, 0.4, 0.8, 0]
    found = correlation_null(x, y, draws=50, seed=1)

    def r(x, y):
        return np.abs(np.corrcoef(x.T, y.T)[:4, 4:])

    observed, null = slow_label_null(x, y, 50, 1, r)
    np.testing.assert_allclose(found.p, (1 + (null >= observed - 1e-7).sum(0)) / 51)
    top = null.max(2)[:, :, None]
    np.testing.assert_allclose(found.p_neuron, (1 + (top >= observed - 1e-7).sum(0)) / 51)
    np.testing.assert_allclose(found.largest, null.max(2) * np.sqrt(29), rtol=1e-4)


@pytest.mark.statistical
def test_label_null_against_all_permutations(rng):
    """p of 6,000 draws within 4 standard errors of the exact one for each pair; alarm 5e-4."""
    x = rng.standard_normal((8, 2))
    y = np.array([1, 1, 1, 0, 0, 0, 0, 0.0])[:, None]
    x[:3, 0] += 1
    found = auroc_null(x, y, draws=6000, seed=2)
    for k in range(2):
        areas = []
        for chosen in itertools.combinations(range(8), 3):
            label = np.isin(np.arange(8), chosen).astype(float)[:, None]
            areas.append(abs(auroc(x[:, [k]], label)[0, 0] - 0.5))
        exact = np.mean(np.array(areas) >= abs(auroc(x[:, [k]], y)[0, 0] - 0.5) - 1e-12)
        assert found.p[k, 0] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 6000))


def test_label_null_cannot_tell_what_does_not_vary(rng):
    x = np.c_[np.ones(12), rng.standard_normal(12)]
    y = np.c_[np.ones(12), np.arange(12) % 2]
    for found in (auroc_null(x, y, draws=9), correlation_null(x, y, draws=9)):
        for p in (found.p, found.p_neuron, found.p_layer):
            assert np.isnan(p).tolist() == [[True, True], [True, False]]


def test_batches_do_not_change_the_draws(rng, monkeypatch):
    from polysem._diagnose.nulls import labels

    x, y = rng.standard_normal((20, 3)), (rng.random((20, 2)) < 0.5).astype(float)
    whole = auroc_null(x, y, draws=30, seed=9)
    monkeypatch.setattr(labels, "BATCH", 1)
    np.testing.assert_array_equal(auroc_null(x, y, draws=30, seed=9).largest, whole.largest)


def test_rotations_are_orthogonal():
    generator = np.random.default_rng(1)
    q = haar_rotation(6, generator)
    np.testing.assert_allclose(q @ q.T, np.eye(6), atol=1e-12)
    frame = haar_frame(2, 6, generator)
    np.testing.assert_allclose(frame @ frame.T, np.eye(2), atol=1e-12)


@pytest.mark.statistical
@pytest.mark.parametrize("rows", [2, 9])
def test_rotated_rows_point_anywhere(rows, rng):
    """One coordinate of a turned row against its Beta law: (1+t)/2 ~ Beta((d−1)/2, (d−1)/2).

    Kolmogorov–Smirnov on 1,500 draws at 1e-4, for a matrix with fewer rows than neurons and one
    with more. Without the sign step of the QR the first row of the frame would fail.
    """
    matrix = rng.standard_normal((rows, 4))
    generator = np.random.default_rng(6)
    found = np.array([rotated(matrix, generator)[[0, -1], 0] for _ in range(1500)])
    for column, row in zip(found.T, matrix[[0, -1]], strict=True):
        cosine = column / np.linalg.norm(row)
        assert stats.kstest((1 + cosine) / 2, stats.beta(1.5, 1.5).cdf)[1] > 1e-4


def test_rotation_keeps_rows_and_type(rng):
    for shape in ((3, 7), (7, 3)):
        matrix = rng.standard_normal(shape).astype(np.float32)
        turned = rotated(matrix, np.random.default_rng(0))
        assert turned.dtype == np.float32
        np.testing.assert_allclose(turned @ turned.T, matrix @ matrix.T, atol=1e-5)


def test_rotation_null_sees_a_privileged_basis(rng):
    aligned = np.eye(6, 12)[:, rng.permutation(12)]
    privileged = rotation_null(aligned, mean_fourth_norm, draws=99, seed=3)
    assert privileged.observed == 1
    assert privileged.p == 0.01
    error = privileged.null.std(ddof=1) / np.sqrt(99)
    assert privileged.null.mean() == pytest.approx(3 / 8, abs=4 * error)  # 3/(n+2): any direction
    dense = rotation_null(rng.standard_normal((200, 12)), mean_kurtosis, draws=99, seed=3)
    assert abs(dense.z) < 4


def test_statistics_of_activations(rng):
    y = np.eye(2)[np.arange(20) % 2]
    x = np.c_[y[:, 0], rng.standard_normal(20), np.ones(20)]
    assert largest_selectivity(y)(x) == 1
    area = auroc(x[:, 1:2], y)
    best = max(area.max(), 1 - area.min())
    assert mean_best_selectivity(y)(x) == pytest.approx((1 + best + 0.5) / 3)
    assert polysemantic_count(y, CountRule(0.99, Relatedness.none(2)))(x) == 1


def test_shuffles_keep_what_they_say(rng):
    W = rng.standard_normal((5, 6))
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(np.sort(shuffled(W, generator, "feature"), 1), np.sort(W, 1))
    np.testing.assert_array_equal(np.sort(shuffled(W, generator, "neuron"), 0), np.sort(W, 0))
    everywhere = shuffled(W, generator, "all")
    np.testing.assert_array_equal(np.sort(everywhere.ravel()), np.sort(W.ravel()))
    assert (np.sort(everywhere, 1) != np.sort(W, 1)).any()
    test = shuffle_null(W, mean_fourth_norm, "all", draws=19, seed=2, name="fourth norm")
    assert len(test.null) == 19
    assert test.null.std() > 0
    with pytest.raises(BadInput, match="within = 'rows' is not allowed"):
        shuffled(W, generator, "rows")  # type: ignore[arg-type]


@pytest.mark.statistical
def test_occupancy_null_has_its_exact_mean(rng):
    """Mean of 2,000 draws within 4 standard errors of the closed form: false alarm 6e-5."""
    selective = rng.random((30, 8)) < 0.15
    test = occupancy_null(selective, draws=2000, seed=1)
    error = test.null.std(ddof=1) / np.sqrt(2000)
    assert test.null.mean() == pytest.approx(expected_shared(selective), abs=4 * error)
    assert test.observed == (selective.sum(1) >= 2).sum()


def test_expected_shared_by_enumeration():
    """Three features with 1, 2 and 1 of three neurons: all 27 placements."""
    selective = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    counts = []
    for a in range(3):
        for pair in itertools.combinations(range(3), 2):
            for c in range(3):
                load = np.bincount([a, *pair, c], minlength=3)
                counts.append((load >= 2).sum())
    assert expected_shared(selective) == pytest.approx(np.mean(counts))


def test_signed_balls():
    n, m = 4, 3
    placements = itertools.product(range(2 * m), repeat=n)
    counts = np.array([sum(k in s and k + m in s for k in range(m)) for s in placements])
    for observed in range(3):
        found = signed_balls_test(n, m, observed)
        tails = min(np.mean(counts <= observed), np.mean(counts >= observed))
        assert found.p == pytest.approx(min(1, 2 * tails))
        assert found.z == pytest.approx((observed - counts.mean()) / counts.std())
    with pytest.raises(BadInput, match="observed = 4"):
        signed_balls_test(n, m, 4)


def test_colocation_by_enumeration():
    selective = np.zeros((6, 2), dtype=bool)
    selective[:3, 0] = True
    selective[1:3, 1] = True
    found = colocation(selective)
    overlaps = [len({0, 1, 2} & set(c)) for c in itertools.combinations(range(6), 2)]
    assert found.shared.tolist() == [[3, 2], [2, 2]]
    assert found.p[0, 1] == pytest.approx(np.mean(np.array(overlaps) >= 2))
    assert found.expected[0, 1] == 1
    assert np.isnan(found.p[0, 0])


def test_null_test_p_and_z():
    null = np.array([0.0, 1, 2, 3])
    assert NullTest("s", "n", 2.0, null, 0).p == 3 / 5
    assert NullTest("s", "n", 2.0, null, 0, "less").p == 4 / 5
    assert NullTest("s", "n", 3.0, null, 0, "two-sided").p == 4 / 5
    assert NullTest("s", "n", 9.0, null, 0, "two-sided").p == 2 / 5
    assert NullTest("s", "n", 2.0, null, 0).z == pytest.approx(0.5 / null.std(ddof=1))
    assert np.isnan(NullTest("s", "n", 2.0, np.ones(3), 0).z)
    assert np.isnan(NullTest("s", "n", np.nan, null, 0).p)
    assert "p 0.2" in str(NullTest("s", "n", 9.0, null, 0))
    with pytest.raises(BadInput, match="draws = 0"):
        list(generators(0, 1))
