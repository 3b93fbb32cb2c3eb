"""The counts as labelled predictions for one n and m. Plain functions are in `counts`."""

from __future__ import annotations

from typing import Any

from polysem._theory import counts, start
from polysem._theory.balls import balls_interval
from polysem._theory.exclusion import exclusion_interval
from polysem._theory.prediction import Prediction
from polysem._theory.quantiles import poisson_interval

PAPER = "arXiv 2312.03096, Section 4"
DOCS = "Polysem, docs/theory.md"
LOOSE = "converged runs of the base model with λ√m of order 1 or less"


def count_predictions(n: int, m: int) -> list[Prediction]:
    """Everything that depends on n and m only through counting."""
    return [*polysemantic_models(n, m), *_bounds(n, m), *_at_start(n, m)]


def polysemantic_models(n: int, m: int) -> list[Prediction]:
    """The four estimates of the number of polysemantic neurons at the end."""
    measured = "measured counts are 0.8 to 0.9 of it for m ≥ 2n"
    return [
        Prediction(
            name="polysemantic_paper",
            label="polysemantic neurons (paper)",
            value=counts.paper_count(n, m),
            equation="n²/4m",
            source=PAPER,
            domain=f"m ≥ 2n, {LOOSE}",
            in_domain=m >= 2 * n,
            **_ends(poisson_interval(counts.paper_count(n, m))),
            note=f"An upper estimate: {measured}. The interval is Poisson.",
        ),
        Prediction(
            name="polysemantic_pairs",
            label="opposite-sign pairs of features",
            value=counts.opposite_pairs(n, m),
            equation="C(n,2)/2m",
            source=f"{DOCS}#counts",
            domain="any n and m, as pairs that choose one neuron; as a count of neurons m ≥ 2n",
            in_domain=m >= 2 * n,
            **_ends(start.pair_interval(n, 2 * m)),
            note="Counts pairs, so a neuron with three features can count twice.",
        ),
        Prediction(
            name="polysemantic_balls",
            label="polysemantic neurons (signed balls in bins)",
            value=counts.balls_count(n, m),
            equation="m[1 − 2(1−1/2m)ⁿ + (1−1/m)ⁿ]",
            source=f"{DOCS}#signed-balls-in-bins",
            domain=f"m ≥ 2n, {LOOSE}",
            in_domain=m >= 2 * n,
            **_ends(balls_interval(n, m)),
            note="Fits measured counts for m ≥ 2n.",
        ),
        Prediction(
            name="polysemantic_exclusion",
            label="polysemantic neurons (random exclusion)",
            value=counts.exclusion_count(n, m),
            equation="n(n−1)/(2(2m−1)), m for n ≥ 2m",
            source=f"{DOCS}#random-exclusion",
            domain="n/2 ≤ m < n, converged runs",
            in_domain=n / 2 <= m < n,
            **_ends(exclusion_interval(n, m)),
            note="Fits measured counts for m < n; neither model fits m = n.",
        ),
    ]


def _bounds(n: int, m: int) -> list[Prediction]:
    pigeonhole = "one positive and one negative feature at most on each neuron"
    return [
        Prediction(
            name="polysemantic_floor",
            label="fewest polysemantic neurons possible",
            value=counts.polysemantic_floor(n, m),
            equation="min(max(0, n − m), m)",
            source=f"pigeonhole; {DOCS}#bounds",
            domain=f"no feature dead, {pigeonhole}",
            in_domain=n <= 2 * m,
        ),
        Prediction(
            name="polysemantic_ceiling",
            label="most polysemantic neurons possible",
            value=counts.polysemantic_ceiling(n, m),
            equation="min(⌊n/2⌋, m)",
            source=f"pigeonhole; {DOCS}#bounds",
            domain=pigeonhole,
        ),
        Prediction(
            name="signed_slots",
            label="signed slots",
            value=counts.signed_slots(m),
            equation="2m",
            source=f"{DOCS}#bounds",
            domain=pigeonhole,
        ),
        Prediction(
            name="features_without_slot",
            label="features without a slot of their own",
            value=counts.features_without_slot(n, m),
            equation="max(0, n − 2m)",
            source=f"pigeonhole; {DOCS}#bounds",
            domain=pigeonhole,
        ),
    ]


def _at_start(n: int, m: int) -> list[Prediction]:
    any_start = "Gaussian initial weights, any λ; exact"
    source = f"{DOCS}#collisions-at-the-start"
    half = counts.opposite_pairs(n, m)
    together = [
        ("start_collisions", "pairs sharing their argmax neuron at the start", 2 * half, m, "m"),
        (
            "start_collisions_opposite",
            "of these, pairs of opposite sign (benign)",
            half,
            2 * m,
            "2m",
        ),
        ("start_collisions_same", "of these, pairs of the same sign (malign)", half, 2 * m, "2m"),
    ]
    pairs = [
        Prediction(
            name=name, label=label, value=value, equation=f"C(n,2)/{below}", source=source,
            domain=any_start, **_ends(start.pair_interval(n, places)),
        )
        for name, label, value, places, below in together
    ]  # fmt: skip
    return [
        *pairs,
        Prediction(
            name="occupancy_at_start",
            label="neurons that are the argmax of 0, 1, 2, 3, 4 features",
            value=start.occupancy_at_start(n, m),
            equation="m·Binomial(n, 1/m)",
            source=source,
            domain=any_start,
        ),
        Prediction(
            name="occupancy_by_exclusion",
            label="neurons with 0, 1, 2 features at the end (random exclusion)",
            value=start.occupancy_by_exclusion(n, m),
            equation="E₂ = n(n−1)/(2(2m−1)), E₁ = n − 2E₂, E₀ = m − E₁ − E₂",
            source=f"{DOCS}#random-exclusion",
            domain="n/2 ≤ m < n, converged runs",
            in_domain=n / 2 <= m < n,
        ),
    ]


def _ends(interval: tuple[float, float]) -> dict[str, Any]:
    return {"low": interval[0], "high": interval[1]}
