"""The decision: answers, verdicts, and the stated error rate."""

import math

import numpy as np
import pytest

from polysem._claims.change import what_would_change
from polysem._claims.decision import Answer, Criterion, Finding, Verdict, findings_of, judge
from polysem._claims.effect import (
    Effect,
    count_per,
    count_quotient,
    difference,
    mean,
    resampled,
    share,
    unknown,
)


def finding(value, low, high, claimed=(0.9, 1.1), central=True):
    return Finding(
        "the ratio", *claimed, central=central, effect=Effect(value, low, high, 100, "seeds", "")
    )


HOLDS, FAILS, OPEN = finding(1, 0.95, 1.05), finding(2, 1.5, 2.5), finding(1, 0.5, 1.5)


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (HOLDS, Answer.HOLDS),
        (FAILS, Answer.FAILS),
        (OPEN, Answer.OPEN),
        (finding(0.5, 0.4, 0.9), Answer.OPEN),  # touches the end, which belongs to the range
        (finding(0.5, 0.4, 0.89), Answer.FAILS),
        (finding(1, 0.9, 1.1), Answer.HOLDS),
        (finding(math.nan, -math.inf, math.inf), Answer.OPEN),
        (finding(1.0, 0.95, 1.05, (0.9, math.inf)), Answer.HOLDS),
    ],
)
def test_an_answer_is_where_the_interval_lies(one, answer):
    assert one.answer is answer


def beside(one):
    return Finding(one.says, one.low, one.high, False, one.effect)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([HOLDS], "supported"),
        ([FAILS], "refuted"),
        ([OPEN], "inconclusive"),
        ([HOLDS, HOLDS, beside(HOLDS)], "supported"),
        ([HOLDS, FAILS], "qualified"),
        ([HOLDS, beside(FAILS)], "qualified"),
        ([HOLDS, OPEN], "inconclusive"),
        ([FAILS, OPEN], "inconclusive"),
        ([HOLDS, FAILS, OPEN], "qualified"),
        ([FAILS, beside(HOLDS)], "refuted"),
        ([FAILS, FAILS, beside(OPEN)], "refuted"),
        ([OPEN, beside(FAILS)], "inconclusive"),
    ],
)
def test_verdicts(findings, verdict):
    assert judge(findings) is Verdict(verdict)


def test_a_decided_verdict_is_wrong_no_more_often_than_alpha():
    """Two criteria, α = 0.1, both effects on the very end of their range, where errors are most
    frequent: then "supported" and "refuted" are both wrong for an effect just inside or outside.
    2,000 repetitions; a false alarm of this test has probability 1e-4 (binomial, one side)."""
    rng = np.random.default_rng(1)
    alpha, decided = 0.1, 0
    criteria = [
        Criterion(name, -math.inf, 0.0, lambda t, c, name=name: mean(t[name], c)) for name in "ab"
    ]
    repetitions = 2000
    for _ in range(repetitions):
        tables = {name: rng.standard_normal(12) for name in "ab"}
        found = findings_of(criteria, tables, alpha)
        decided += any(one.answer is not Answer.OPEN for one in found)
    from scipy import stats

    # each end errs on one side for each answer: together α for holds and fails of both criteria
    assert decided <= stats.binom.ppf(1 - 1e-4, repetitions, alpha)
    assert decided >= stats.binom.ppf(1e-4, repetitions, 0.9 * (1 - (1 - alpha / 2) ** 2))


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.5, 0.95])
def test_shares_and_counts_cover_as_often_as_they_say(truth):
    """Exact intervals at 99 % over 600 draws each; false alarm below 1e-4 per case."""
    from scipy import stats

    rng = np.random.default_rng(2)
    misses = count_misses = 0
    for _ in range(600):
        found = share(rng.binomial(60, truth), 60, 0.99)
        misses += not found.low <= truth <= found.high
        counts = count_per(rng.poisson(truth, 30), 1.0, 0.99)
        count_misses += not counts.low <= truth <= counts.high
    limit = stats.binom.ppf(1 - 1e-4, 600, 0.01)
    assert misses <= limit
    assert count_misses <= limit


def test_quotients_and_differences_cover():
    """95 % intervals over 1,000 draws each; false alarm below 1e-4."""
    from scipy import stats

    rng = np.random.default_rng(3)
    misses = {"quotient": 0, "difference": 0}
    for _ in range(1000):
        top, bottom = rng.poisson(3, 20), rng.poisson(2, 40)
        q = count_quotient(top, bottom, 0.95)
        misses["quotient"] += not q.low <= 1.5 <= q.high
        d = difference(rng.normal(1, 1, 15), rng.normal(0, 3, 30), 0.95)
        misses["difference"] += not d.low <= 1 <= d.high
    limit = stats.binom.ppf(1 - 1e-4, 1000, 0.05)
    assert all(count <= limit for count in misses.values()), misses


def test_too_few_data_say_nothing():
    assert not mean([1.0, 2.0], 0.99).known
    assert not count_per([3, 4], 1.0, 0.99).known
    assert not share(0, 0, 0.99).known
    assert not resampled([1.0] * 9, np.mean, 0.99).known
    assert not count_quotient([1] * 9, [0] * 9, 0.99).known
    assert not difference([1.0] * 9, [1.0] * 9, 0.99).known


def test_equal_values_do_not_make_certainty():
    found = mean([1.0] * 10, 0.99)
    assert found.high - found.low > 0.8


def test_what_is_far_out_of_reach_is_not_given_to_the_last_digit():
    (told,) = what_would_change(Verdict.SUPPORTED, [finding(1.0, 1 - 1e-9, 1 + 1e-9)])
    assert "more than 100 times the reach" in told


def test_what_would_change_names_numbers_and_the_nearest_first():
    near, far = finding(1.0, 0.95, 1.05), finding(1.0, 0.99, 1.01)
    told = what_would_change(Verdict.SUPPORTED, [far, near])
    assert len(told) == 2
    assert "2.0 times" in told[0]
    assert "10.0 times" in told[1]
    (told,) = what_would_change(Verdict.INCONCLUSIVE, [finding(1.0, 0.8, 1.2)])
    assert "400 seeds instead of 100" in told  # reach 0.2, distance 0.1: four times the data


def test_only_criteria_that_matter_are_named():
    found = [HOLDS, FAILS, beside(OPEN)]  # qualified, whatever the open one turns out to be
    assert len(what_would_change(judge(found), found)) == 2
    unknown_one = Finding("x", 0, 1, True, unknown(3, "seeds"))
    assert "too few data" in what_would_change(Verdict.INCONCLUSIVE, [unknown_one])[0]


def test_a_criterion_needs_a_range():
    with pytest.raises(ValueError, match="empty range"):
        Criterion("x", 1.0, 1.0, lambda t, c: unknown(0, "seeds"))
