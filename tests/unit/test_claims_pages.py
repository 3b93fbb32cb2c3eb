"""Pages of claims: experiments in words, figures that can be read, numbers for all readers."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from polysem._claims.discover import all_claims
from polysem._claims.effect import Effect
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.gather import Size
from polysem._claims.panel import Panel, curve, points
from polysem._claims.words import (
    arithmetic,
    excluded_words,
    experiment_words,
    experiments_told,
    size_words,
)
from polysem._plots.claims import draw_bokeh, draw_mpl, prepare
from polysem._plots.claims_text import alt, caption


def effect(value, low, high):
    return Effect(value, low, high, 20, "seeds", "")


def panel(**more):
    """Two series with points at the same places, one theory line like the second."""
    one = points("one", [1, 2], [effect(0.9, 0.7, 1.1), effect(0.1, -0.1, 0.3)])
    two = points("two", [1, 2], [effect(0.5, 0.4, 0.6)] * 2, line=True)
    lines = curve("law", [1, 2], [0.5, 0.5], like="two"), curve("bound", [1, 2], [1, 1])
    return Panel("Title", "x", "y", (one, two, *lines), "Caption.", "Alt.", **more)


def test_arithmetic_is_written_as_people_do():
    assert arithmetic("round(0.125*n**2)") == "0.125·n²"
    assert arithmetic("round(1.0*n**2)") == "n²"
    assert arithmetic("0.5/sqrt(m)") == "0.5/√m"
    assert arithmetic("2.0/sqrt(m)") == "2/√m"
    assert arithmetic("8/l1") == "8/λ"
    assert arithmetic("3*n//4") == "3·n/4"


def test_an_experiment_is_told_in_sentences():
    grid = {
        "base": {"verb": "train", "recipe": "lecomte2023", "n": 8, "record.what": ["l1_norm"]},
        "axes": {"m": ["n", "round(n**2)"], "l1": {"linear": [0.1, 0.3, 3]}},
        "exclude": ["m > 1000"],
        "seeds": 4,
    }
    told = experiment_words(Experiment(grid, grid, accept=TRAINED, sparse=True), Size())
    assert told == (
        "Training by the recipe lecomte2023. Varied – m: n, n²; λ: 3 values from 0.1 to 0.3 in "
        "equal steps; without m > 1000. Fixed – n 8. 6 settings, 4 networks each. Networks count "
        "that did all their training steps and were sparse then."
    )


@pytest.mark.parametrize("claim", all_claims(), ids=lambda claim: claim.id)
def test_every_experiment_reads_as_text(claim):
    for experiment in claim.experiments.values():
        for size in (Size(), Size(full=True)):
            told = experiment_words(experiment, size)
            assert told.endswith(".")
            assert not set("{}[]'\"*_") & set(told), told


def test_experiments_on_the_same_networks_stand_together():
    two = next(claim for claim in all_claims() if claim.number == 2)
    assert list(experiments_told(two, Size())) == [", ".join(two.experiments)]


def test_sizes_and_exclusions_are_told():
    assert size_words(Size()) == "Quick size."
    assert size_words(Size(first=100_000)) == "Quick size, on networks numbered from 100,000 on."
    assert "at most 3 networks per setting" in size_words(Size(full=True, most=3))
    assert excluded_words(20, {}) == "20 networks count; none was excluded."
    assert excluded_words(20, {"flow: diverged": 5}) == (
        "20 networks count; 5 of 25 were excluded by rule: flow: diverged (5)."
    )


def test_points_at_the_same_place_stand_side_by_side():
    for log in (False, True):
        one, two, law, _ = prepare(panel(x_log=log))
        assert not set(one.x) & set(two.x)
        assert abs(one.x - two.x).max() < 0.1
        np.testing.assert_allclose(law.x, [1, 2])
    apart = points("a", [1], [effect(1, 0, 2)]), points("b", [2], [effect(1, 0, 2)])
    assert [s.x.tolist() for s in prepare(Panel("", "", "", apart, "", ""))] == [[1], [2]]
    assert "side by side" in caption(panel())
    assert "side by side" not in caption(Panel("", "", "", apart, "Two.", ""))


def test_intervals_and_axis_of_a_share_end_at_0_and_1():
    one, *_ = prepare(panel(share=True))
    assert one.high.max() <= 1
    assert one.low.min() >= 0
    low, high = draw_mpl(panel(share=True)).axes[0].get_ylim()
    assert -0.1 < low < 0 < 1 < high < 1.1
    assert prepare(panel())[0].high.max() > 1


def test_theory_has_the_colour_of_what_it_is_like_and_a_dash():
    one, two, law, bound = prepare(panel())
    assert law.colour == two.colour != one.colour
    assert law.dash != ("-", "solid") == one.dash
    assert bound.colour not in (one.colour, two.colour)


def test_the_claimed_range_is_a_band():
    from bokeh.models import BoxAnnotation

    shown = panel(claimed=(0.4, math.inf))
    assert len(draw_mpl(shown).axes[0].patches) == 1
    (band,) = [one for one in draw_bokeh(shown).center if isinstance(one, BoxAnnotation)]
    assert band.bottom == 0.4
    assert "Grey band" in caption(shown)
    assert len(draw_mpl(panel()).axes[0].patches) == 0
    for far in ((3.0, 4.0), (-2.0, -1.0)):  # the whole range is within the axes
        low, high = draw_mpl(panel(claimed=far)).axes[0].get_ylim()
        assert low < far[0] < far[1] < high
        drawn = draw_bokeh(panel(claimed=far)).y_range
        assert (drawn.start, drawn.end) == (low, high)


def test_few_places_on_a_logarithmic_axis_are_its_ticks():
    ax = draw_mpl(panel(x_log=True)).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
    assert list(draw_bokeh(panel(x_log=True)).xaxis[0].ticker.ticks) == [1, 2]
    assert draw_mpl(panel(y_log=True)).axes[0].get_yscale() == "log"


def test_the_alternative_text_has_the_numbers():
    assert alt(panel()) == "Alt. one: 0.9 at 1 to 0.1 at 2. two: 0.5 at 1 to 0.5 at 2."
    words = points("flow", ["a", "b", "c"], [effect(1, 0, 2)] * 3)
    assert alt(Panel("", "", "", (words,), "", "Alt.")).endswith("flow: 1 at a, 1 at b, 1 at c.")


def test_a_stored_figure_is_the_one_that_was_measured():
    from polysem._claims.stored import panel_of, plain

    for shown in (panel(claimed=(0.4, math.inf), share=True), panel(claimed=(-math.inf, 0.1))):
        assert panel_of(json.loads(json.dumps(plain(asdict(shown)), allow_nan=False))) == shown
