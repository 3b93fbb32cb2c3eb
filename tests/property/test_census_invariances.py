"""Symmetries of the census: relabelling, sign flips of neurons, units."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from polysem._census import COLUMNS, Authors, Relative, take_census

EXACT = [name for name, (kind, _) in COLUMNS.items() if kind in ("int", "bool") and name != "seed"]
MEANS = [name for name, (kind, _) in COLUMNS.items() if kind == "float"]
COMMON = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def states(draw):
    """A start and an end (2, n, m): a share of weights zero, some rows weak, all kinds of n, m."""
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 10))
    r = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    zero_share = draw(st.sampled_from([0.0, 0.5, 0.9]))
    end = np.where(r.random((2, n, m)) < zero_share, 0.0, r.standard_normal((2, n, m)))
    end *= np.where(r.random((2, n, 1)) < 0.2, 0.01, 1.0)
    return r.standard_normal((2, n, m)), end, r


def assert_same(one, other, without=()):
    for a, b in zip(one.to_dicts(), other.to_dicts(), strict=True):
        for name in EXACT:
            assert a[name] == b[name], name
        for name in set(MEANS) - set(without):
            if a[name] is None or b[name] is None:
                assert a[name] is b[name], name
            else:
                assert np.isclose(a[name], b[name], rtol=1e-9, atol=1e-12), name
    assert one.occupancy.tolist() == other.occupancy.tolist()
    assert one.fates().to_dicts() == other.fates().to_dicts()
    assert one.departures().to_dicts() == other.departures().to_dicts()


@COMMON
@given(states(), st.sampled_from([Relative(), Relative(fraction=0.2), Authors()]))
def test_names_of_neurons_do_not_matter(state, rule):
    start, end, r = state
    order = r.permutation(end.shape[-1])
    one = take_census(end, start, rule=rule)
    other = take_census(end[..., order], start[..., order], rule=rule)
    assert_same(one, other)
    back = np.append(order, -1)  # −1, a dead feature, stays −1
    assert back[other.features["neuron"]].tolist() == one.features["neuron"].tolist()


@COMMON
@given(states(), st.sampled_from([Relative(), Authors()]))
def test_sign_of_a_neuron_does_not_matter(state, rule):
    start, end, r = state
    flip = r.choice([-1.0, 1.0], end.shape[-1])
    one = take_census(end, start, rule=rule)
    assert_same(one, take_census(end * flip, start * flip, rule=rule))


@COMMON
@given(states())
def test_names_of_features_do_not_matter(state):
    start, end, r = state
    order = r.permutation(end.shape[1])
    one = take_census(end, start)
    other = take_census(end[:, order], start[:, order])
    assert_same(one, other)


@COMMON
@given(states(), st.floats(-12, 12))
def test_units_do_not_matter_to_the_relative_rule(state, exponent):
    start, end, _ = state
    unit = 10.0**exponent
    lengths = ("start_end_dot", "start_end_dot_others", "l1_norm", "norm", "fourth_norm")
    one, other = take_census(end, start), take_census(end * unit, start)
    for census in (one, other):  # the authors' rule does have units
        census.table.columns["polysemantic_authors_rule"][:] = 0
    assert_same(one, other, without=(*lengths, "max_overlap"))
    for a, b in zip(one.to_dicts(), other.to_dicts(), strict=True):
        assert np.isclose(a["max_overlap"] * unit**2, b["max_overlap"], rtol=1e-9)
        if a["norm"] is not None:
            assert np.isclose(a["norm"] * unit, b["norm"], rtol=1e-9)


@COMMON
@given(states(), st.sampled_from([Relative(), Authors()]), st.sampled_from([None, 1.0]))
def test_the_counts_add_up(state, rule, scale):
    start, end, _ = state
    census = take_census(end, start, rule=rule, scale=scale)
    for s, row in enumerate(census.to_dicts()):
        occupancy = census.occupancy[s]
        assert row["polysemantic"] == row["opposite_sign"] + row["same_sign"]
        assert occupancy.sum() == census.n_neurons
        assert row["polysemantic"] == occupancy[2:].sum()
        assert row["monosemantic"] == (occupancy[1] if len(occupancy) > 1 else 0)
        assert row["dead_neurons"] <= occupancy[0]
        fates = ("both_stay", "larger_stays", "smaller_stays", "neither_stays")
        assert row["collisions_start"] == sum(row[fate] for fate in fates)
        assert row["collisions_start"] == row["collisions_opposite"] + row["collisions_same"]
    on_neurons = (census.occupancy * np.arange(census.occupancy.shape[1])).sum()
    assert on_neurons == census.features["neurons_representing"].sum()


@COMMON
@given(states(), st.integers(0, 1), st.sampled_from([np.nan, np.inf, -np.inf, 1e200]))
def test_a_bad_seed_never_spoils_the_other(state, bad, value):
    start, end, r = state
    before = take_census(end, start).to_dicts()
    end = end.copy()
    end[bad, r.integers(end.shape[1]), r.integers(end.shape[2])] = value
    census = take_census(end, start)
    after = census.to_dicts()
    assert after[1 - bad] == before[1 - bad]
    known = {name: v for name, v in after[bad].items() if v is not None}
    assert known == {"seed": bad, "converged": False, "countable": False}
    assert census.warnings[0].startswith(f"NOT COUNTED: seed {bad} (1 of 2) is not finite")
