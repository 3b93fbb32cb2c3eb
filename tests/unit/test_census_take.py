"""Rules, counts, tables, warnings and words of the census, on matrices made by hand."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import chi2

from polysem._census import (
    COLUMNS,
    Authors,
    Relative,
    Table,
    mean_count,
    rule_named,
    take_census,
)
from polysem._census.convergence import max_overlap
from polysem._config import Config
from polysem._errors import BadInput

# features 0, 1 opposite on neuron 0; 2, 3, 4 on neuron 1 (a triple); 5 alone on 2; 6 dead
BY_HAND = np.zeros((7, 5))
BY_HAND[[0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 1, 2]] = [1, -0.9, 1, -1, -0.85, -1]
BY_HAND[6, 4] = 0.02


def row_of(*args, **kwargs):
    (row,) = take_census(*args, **kwargs).to_dicts()
    return row


def test_counts_of_a_matrix_made_by_hand():
    row = row_of(BY_HAND, scale=1.0)
    expected = {
        "polysemantic": 2,
        "opposite_sign": 1,
        "same_sign": 1,
        "monosemantic": 1,
        "dead_features": 1,
        "dead_neurons": 2,
        "polysemantic_authors_rule": 2,
        "polysemantic_relative_rule": 2,
        "unsettled_features": 0,
        "converged": False,  # features 3 and 4 share neuron 1 and a sign
        "max_overlap": 0.85,
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert row["initial_argmax_won"] is None
    assert row["collisions_start"] is None


def test_polysemantic_neurons_name_their_features():
    rows = take_census(BY_HAND, scale=1.0, seeds=[5]).polysemantic_neurons.to_dicts()
    assert rows == [
        {"seed": 5, "neuron": 0, "features": [0, 1], "weights": [1, -0.9], "sign": "opposite"},
        {"seed": 5, "neuron": 1, "features": [2, 3, 4], "weights": [1, -1, -0.85], "sign": "same"},
    ]


def test_rules_differ_where_they_should():
    W = np.array([[0.7, 0.0, 0.1], [0.9, 0.85, 0.0], [1.3, 0.0, 0.0]])
    assert Authors().represents(W).tolist() == [[False] * 3, [True, True, False], [False] * 3]
    expected = [[True, False, False], [True, True, False], [True, False, False]]
    assert Relative().represents(W).tolist() == expected
    assert Relative().represents(W[None]).tolist() == [expected]
    assert Relative(fraction=0.7).represents(W)[1].tolist() == [True, False, False]


def test_authors_bounds_are_inclusive_in_both_precisions():
    for dtype in (np.float32, np.float64):
        W = np.array([[0.8, -1.2, 0.79999, 1.20001]], dtype=dtype)
        assert Authors().represents(W).tolist() == [[True, True, False, False]]


def test_relative_bound_is_strict():
    W = np.array([[1.0, -1.0, 1.0, 1.0]])  # each weight is exactly half the norm
    assert not Relative().represents(W).any()


def test_a_dead_feature_is_represented_by_no_neuron():
    W = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 50.0]])  # beside 50, a weight of 1 is dead
    for rule in (Relative(), Authors()):
        row = row_of(W, rule=rule)
        assert row["dead_features"] == 2
        assert row["polysemantic"] == row["polysemantic_authors_rule"] == 0


def test_both_counts_are_reported_whatever_the_rule():
    W = np.array([[0.5, 0.0], [-0.5, 0.0]])  # shared, yet far from unit length
    for rule in (Relative(), Authors()):
        row = row_of(W, rule=rule)
        assert (row["polysemantic_relative_rule"], row["polysemantic_authors_rule"]) == (1, 0)
        assert row["polysemantic"] == int(isinstance(rule, Relative))


def test_rules_by_name():
    assert rule_named("authors") == Authors()
    with pytest.raises(BadInput, match=r"Unknown rule 'author'; did you mean 'authors'\?"):
        rule_named("author")
    with pytest.raises(BadInput, match=r"fraction = 1\.5 is not allowed"):
        Relative.build(fraction=1.5)
    assert issubclass(Relative, Config)


def test_scale_decides_who_is_dead():
    W = np.array([[0.08, 0.0], [0.0, 0.05]])
    assert row_of(W, scale=1.0)["dead_features"] == 2
    assert row_of(W)["dead_features"] == 0


def test_zero_matrix_is_all_dead_and_says_so():
    census = take_census(np.zeros((2, 3, 4)), np.ones((2, 3, 4)))
    row = census.to_dicts()[0]
    assert (row["dead_features"], row["dead_neurons"], row["polysemantic"]) == (3, 4, 0)
    assert row["norm"] is None
    assert row["start_end_cosine"] is None
    assert census.features["neuron"].tolist() == [-1] * 6
    assert census.warnings == (
        "ALL DEAD: seeds 0, 1 (2 of 2) are without a living feature, so no polysemantic neuron "
        "could be seen; lower λ.",
    )


def test_three_features_on_one_neuron_make_three_collisions():
    start = np.array([[3.0, 1.0], [-2.0, 1.0], [1.0, 0.5], [0.0, 1.0]])
    end = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]])
    census = take_census(end, start, scale=1.0)
    assert census.collisions is not None
    names = ("larger", "smaller", "sign", "fate", "smaller_end", "smaller_rank")
    assert [tuple(row[n] for n in names) for row in census.collisions.to_dicts()] == [
        (0, 1, "opposite", "larger_stays", "moved", 2),
        (0, 2, "same", "larger_stays", "dead", None),
        (1, 2, "opposite", "neither_stays", "dead", None),
    ]
    assert census.fates().to_dicts()[1:] == [
        {"fate": "larger_stays", "opposite": 1, "same": 1, "total": 2},
        {"fate": "smaller_stays", "opposite": 0, "same": 0, "total": 0},
        {"fate": "neither_stays", "opposite": 1, "same": 0, "total": 1},
    ]
    assert census.departures().to_dicts() == [
        {"end": "moved", "rank": 2, "opposite": 2, "same": 0, "total": 2},
        {"end": "dead", "rank": None, "opposite": 1, "same": 1, "total": 2},
    ]


def test_a_start_of_zeros_has_no_first_choice():
    start = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.5]])
    census = take_census(np.array([[1.0, 0], [1.0, 0], [1.0, 0]]), start, scale=1.0)
    assert census.collisions is not None
    assert len(census.collisions) == 0
    assert census.features["first_choice"].tolist() == [-1, -1, 0]
    assert census.features["rank_at_start"].tolist() == [None, None, 1]
    assert census.to_dicts()[0]["initial_argmax_won"] == pytest.approx(1 / 3)


def test_a_feature_without_first_choice_has_not_won_its_neighbours_neuron():
    # −1 counted from feature 1 must not reach the last neuron of feature 0.
    start = np.array([[0.5, 1.0], [0.0, 0.0]])
    census = take_census(np.array([[0.0, 1.0], [1.0, 0.0]]), start, scale=1.0)
    assert census.features["first_choice_represents"].tolist() == [True, False]


def test_unknown_fates_are_refused_without_a_start():
    census = take_census(BY_HAND)
    assert census.collisions is None
    for ask in (census.fates, census.departures):
        with pytest.raises(BadInput, match="give take_census the start as well"):
            ask()


class TestConvergence:
    def test_exact_state(self):
        census = take_census(np.array([[1.0, 0], [-1.0, 0], [0, 1.0]]))
        assert census.converged
        assert census.warnings == ()

    def test_exact_state_with_a_tiny_second_weight_is_unfinished(self):
        W = np.eye(4)
        W[0, 1] = -1e-6
        assert row_of(W)["converged"] is False
        assert row_of(W)["unsettled_features"] == 1

    def test_exact_state_with_positive_overlap_is_unfinished(self):
        row = row_of(np.array([[1.0, 0], [1e-3, 0]]), scale=1e-3)
        assert row["unsettled_features"] == 0
        assert row["converged"] is False

    def test_state_with_leftover_noise_is_converged_within_5_percent(self):
        noise = 1e-3 * np.random.default_rng(0).standard_normal((8, 32))
        W = np.eye(8, 32) + noise
        assert row_of(W, scale=1.0)["converged"] is True
        W[0, 1] = 0.06
        assert row_of(W, scale=1.0)["unsettled_features"] == 1

    def test_one_accidental_zero_does_not_make_a_trained_state_exact(self):
        W = np.eye(8, 32) + 1e-3 * np.random.default_rng(0).standard_normal((8, 32))
        W[3, 7] = 0
        assert row_of(W, scale=1.0)["converged"] is True

    def test_wide_dense_rows_are_not_converged(self):
        # Largest of 20,000 normal weights: about 0.03 of the norm, so "second ≤ 0.05" holds.
        W = np.random.default_rng(0).standard_normal((4, 20_000)) / np.sqrt(20_000)
        row = row_of(W, scale=1.0)
        assert row["max_overlap"] < 0.05
        assert (row["converged"], row["unsettled_features"]) == (False, 4)

    def test_overlap_of_blocks_of_neurons_is_complete(self):
        W = np.random.default_rng(0).standard_normal((5, 20_001)).astype(np.float32)
        G = W.astype(float) @ W.T.astype(float)
        np.fill_diagonal(G, -1)
        largest = float(np.sqrt((W.astype(float) ** 2).sum(-1)).max())
        assert max_overlap(W, largest) == pytest.approx(max(0.0, G.max()), rel=1e-4)


class TestWarnings:
    def test_unconverged_seeds_are_named(self):
        W = np.stack([np.eye(3), np.full((3, 3), 0.5), np.eye(3)])
        census = take_census(W, seeds=[10, 11, 12], scale=1.0)
        assert census.warnings == (
            "NOT CONVERGED: seed 11 (1 of 3) is not at an end state. Counts of an unconverged "
            "state depend on the threshold, and same-sign polysemantic neurons are seen in "
            "unconverged states; let it run longer before you count.",
        )
        assert not census.converged

    def test_without_l1_more_time_is_not_the_remedy(self):
        census = take_census(np.full((1, 3, 3), 0.5), l1=0)
        assert "use λ > 0 before you count" in census.warnings[0]

    def test_many_seeds_are_counted_not_listed(self):
        census = take_census(np.ones((12, 2, 2)))
        expected = "NOT CONVERGED: seeds 0, 1, 2, 3, 4, 5, 6, 7 and 4 more (12 of 12) are not"
        assert census.warnings[0].startswith(expected)

    def test_start_that_is_not_finite(self):
        start = np.ones((2, 2, 2))
        start[1, 0, 0] = np.nan
        census = take_census(np.stack([np.eye(2)] * 2), start)
        assert census.warnings[0].startswith("START NOT FINITE: seed 1 (1 of 2) is without")
        assert census.to_dicts()[1]["polysemantic"] == 0
        assert census.to_dicts()[1]["collisions_start"] is None

    def test_no_penalty_means_no_meaning(self):
        assert take_census(np.eye(2), l1=0.0).warnings[0].startswith("λ = 0")
        assert take_census(np.eye(2), l1=0.1).warnings == ()

    def test_diverged_seed_leaves_masked_occupancy(self):
        W = np.stack([np.eye(2), np.full((2, 2), np.inf)])
        census = take_census(W, outcomes=["converged", "diverged"])
        assert census.occupancy.tolist() == [[0, 2], [None, None]]
        assert census.polysemantic is not None
        assert census.polysemantic.seeds == 1
        assert [row["outcome"] for row in census.to_dicts()] == ["converged", "diverged"]

    def test_nothing_countable_at_all(self):
        census = take_census(np.full((2, 2, 2), np.nan), np.ones((2, 2, 2)))
        assert census.polysemantic is None
        assert "NOT COUNTED: seeds 0, 1 (2 of 2) are not finite" in str(census)


class TestTables:
    def census(self):
        start = np.random.default_rng(1).standard_normal((2, 7, 5))
        end = np.stack([BY_HAND, np.full_like(BY_HAND, np.nan)])
        return take_census(end, start, scale=1.0, outcomes=["converged", "diverged"])

    def test_columns_in_order(self):
        leading = (
            "seed outcome converged polysemantic opposite_sign same_sign monosemantic "
            "dead_features dead_neurons initial_argmax_won collisions_start"
        )
        assert list(COLUMNS)[:11] == leading.split()
        assert self.census().table.names == list(COLUMNS)

    def test_dicts_are_strict_json(self):
        text = json.dumps(self.census().to_dicts(), allow_nan=False)
        assert json.loads(text)[1]["polysemantic"] is None

    def test_arrow_types_do_not_depend_on_values(self):
        full, empty = self.census(), take_census(np.full((1, 2, 2), np.nan), np.ones((1, 2, 2)))
        assert full.to_arrow().schema == empty.to_arrow().schema
        for name in ("features", "polysemantic_neurons", "collisions"):
            schemas = [getattr(census, name).to_arrow().schema for census in (full, empty)]
            assert schemas[0] == schemas[1], name
        assert full.to_arrow().to_pylist() == full.to_dicts()

    def test_pandas_keeps_counts_whole(self):
        frame = self.census().to_pandas()
        assert str(frame["polysemantic"].dtype) == "Int64"
        assert frame["polysemantic"].tolist()[0] == 2
        assert frame["converged"].tolist() == [False, False]
        assert frame["polysemantic"].isna().tolist() == [False, True]


def test_table_lets_no_nan_out():
    values = [1.5, None, float("nan")]
    kinds = {"x": "float", "y": "float", "k": "int"}
    table = Table.of(kinds, {"x": values, "y": np.array([1.5, 2, np.nan]), "k": [1, None, 3]})
    assert [row["x"] for row in table.to_dicts()] == [1.5, None, None]
    assert [row["y"] for row in table.to_dicts()] == [1.5, 2, None]
    assert table.to_arrow()["k"].to_pylist() == [1, None, 3]
    assert len(Table.joined(kinds, [table, table])) == 6
    with pytest.raises(ValueError, match="unequal length"):
        Table.of({"x": "float", "k": "int"}, {"x": [1.0], "k": [1, 2]})


def test_words_for_a_newcomer():
    start = np.array([[3.0, 1.0], [-2.0, 1.0]])
    census = take_census(np.array([[1.0, 0], [-1.0, 0]]), start, scale=1.0, l1=0.01)
    assert repr(census) == str(census)
    assert str(census).splitlines() == [
        "Census of 1 seed: 2 features, 2 neurons; a neuron represents a feature if |w| > 0.5 of "
        "the feature's norm",
        "  polysemantic neurons: 1 per seed (95% interval 0.0253 to 5.57); 1 in all, "
        "1 opposite-sign and 0 same-sign",
        "  features: 0 of 2 dead; 100% are represented by their initial argmax neuron",
        "  collisions at the start, opposite sign: 1 (both stay 1, larger stays 0, "
        "smaller stays 0, neither 0)",
        "  collisions at the start, same sign: 0 (both stay 0, larger stays 0, smaller stays 0, "
        "neither 0)",
        "  converged: 1 of 1",
    ]


@pytest.mark.parametrize("total", [0, 1, 7, 500])
def test_poisson_interval_is_garwoods(total):
    count = mean_count(total, 4)
    low = chi2.ppf(0.025, 2 * total) / 2 if total else 0
    high = chi2.ppf(0.975, 2 * total + 2) / 2
    assert (count.mean, count.low, count.high) == pytest.approx((total / 4, low / 4, high / 4))


class TestBadInput:
    def refused(self, *args, **kwargs):
        with pytest.raises(BadInput) as error:
            take_census(*args, **kwargs)
        assert "\n" not in str(error.value)
        return str(error.value)

    def test_shapes(self):
        assert "end has shape (3,)" in self.refused(np.ones(3))
        assert "end has shape (1, 1, 1, 1)" in self.refused(np.ones((1, 1, 1, 1)))
        assert "holds no weights" in self.refused(np.ones((2, 0)))
        assert self.refused(np.eye(2), np.eye(3)) == (
            "start has shape (1, 3, 3) and end has (1, 2, 2); both must be the same."
        )

    def test_types(self):
        assert "holds <U1 values" in self.refused(np.array([["a"]]))
        assert "holds complex128 values" in self.refused(np.eye(2) * 1j)

    def test_labels_and_scale(self):
        assert "seeds has 3 entries for 1 seeds" in self.refused(np.eye(2), seeds=[1, 2, 3])
        assert "outcomes has 0 entries" in self.refused(np.eye(2), outcomes=[])
        for scale in (0, -1, np.nan, np.inf):
            assert f"scale = {scale} is not allowed" in self.refused(np.eye(2), scale=scale)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint16])
def test_all_number_types_give_the_same_counts(dtype):
    W = np.zeros((3, 2), dtype=dtype)
    W[[0, 1, 2], [0, 0, 1]] = 1
    row = row_of(W)
    assert (row["polysemantic"], row["same_sign"], row["monosemantic"]) == (1, 1, 1)


def test_input_is_not_changed():
    start, end = np.ones((2, 3, 4)), np.random.default_rng(0).standard_normal((2, 3, 4))
    before = end.copy()
    take_census(end, start)
    assert (end == before).all()
    assert (start == 1).all()


def test_import_is_light():
    code = (
        "import sys, polysem._census, polysem._census.matrices; "
        "heavy = {'torch', 'pandas', 'pyarrow', 'matplotlib', 'bokeh', 'numba'}; "
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
