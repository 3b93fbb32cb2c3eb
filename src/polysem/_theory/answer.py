"""'My layer has m neurons and I believe n features: how many incidental collisions?'"""

from __future__ import annotations

from dataclasses import dataclass

from polysem._theory.checks import whole
from polysem._theory.count_predictions import polysemantic_models
from polysem._theory.prediction import Prediction, shown


@dataclass(frozen=True)
class CollisionAnswer:
    """The answer as a sentence, and the numbers in it.

    `value`, `low`, `high` — polysemantic neurons expected, and the range of 95 % of single runs.
    `sentence` — the answer; `caveat` — when not to trust it, or ''. `prediction` — the model used.
    """

    n: int
    m: int
    value: float
    low: float
    high: float
    sentence: str
    caveat: str
    prediction: Prediction

    def __str__(self) -> str:
        return f"{self.sentence} {self.caveat}".strip()

    __repr__ = __str__


def expected_collisions(n: int, m: int) -> CollisionAnswer:
    """How many neurons of m hold two of n features by accident of initialisation?

    Signed balls in bins for m ≥ 2n, random exclusion for m < n, and between them the range that
    both span, since neither has been seen to fit there. Errors: `BadInput`.
    """
    n, m = whole("n", n), whole("m", m)
    models = {item.name: item for item in polysemantic_models(n, m)}
    balls, exclusion = models["polysemantic_balls"], models["polysemantic_exclusion"]
    used = balls if m >= 2 * n else exclusion
    both = [balls, exclusion] if n <= m < 2 * n else [used]
    value = sum(float(item.value) for item in both) / len(both)
    low = min(item.low or 0.0 for item in both)
    high = max(item.high or 0.0 for item in both)
    return CollisionAnswer(
        n,
        m,
        value,
        low,
        high,
        _sentence(n, m, value, low, high),
        _caveat(n, m, balls, exclusion),
        used,
    )


def _sentence(n: int, m: int, value: float, low: float, high: float) -> str:
    spread = f"95 % of runs: {shown(low)} to {shown(high)}"
    if high == low:
        spread = f"at least 95 % of runs: {shown(low)}"
    return (
        f"With {_many(n, 'feature')} on {_many(m, 'neuron')}, expect about {value:.3g} to hold two "
        f"features by accident of initialisation ({spread}), {_percent(value / m)} of the neurons."
    )


def _caveat(n: int, m: int, balls: Prediction, exclusion: Prediction) -> str:
    if m >= 2 * n:
        return ""
    if m >= n:
        return (
            "Out of domain: with n to 2n neurons neither model has been seen to fit; signed balls "
            f"in bins says {float(balls.value):.3g}, random exclusion {float(exclusion.value):.3g}."
        )
    if 2 * m >= n:
        return (
            f"With fewer neurons than features at least {n - m} shared neurons are necessary, not "
            "incidental: no run that keeps every feature could avoid them."
        )
    return (
        f"Out of domain: there are {2 * m} signed slots, so at least "
        f"{_many(n - 2 * m, 'feature')} can have no slot to itself: polysemanticity is "
        "necessary here, not incidental."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
