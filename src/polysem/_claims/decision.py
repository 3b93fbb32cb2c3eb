"""From effects to a verdict: a pure function of the measurement, its error rate fixed beforehand.

A claim is a list of criteria; a criterion says in which range an effect should lie if the claim
is true. With its interval inside the range it holds, outside it fails, across the end it is open.
All intervals of a claim have confidence 1 − α/k for k criteria, so that with probability 1 − α
every one of them contains the truth (Bonferroni): then nothing that is true fails and nothing
false holds. So whatever the truth, a verdict other than "inconclusive" is wrong with probability
α at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from polysem._claims.effect import Effect

Tables = Mapping[str, Any]
"""Name of an experiment → pandas data frame of what was measured in it."""


class Verdict(StrEnum):
    """What the data say of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    QUALIFIED = "qualified"
    INCONCLUSIVE = "inconclusive"


class Answer(StrEnum):
    """What the data say of one criterion."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class Criterion:
    """What a claim says of one number.

    `says` — in words, with its condition. `low`, `high` — the range that is claimed, both ends
    included. `effect` — from the tables and a confidence to the measured number. `central` — True
    if the claim stands and falls with it; the others can only qualify the claim.
    """

    says: str
    low: float
    high: float
    effect: Callable[[Tables, float], Effect]
    central: bool = True

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.says!r} claims an empty range")


@dataclass(frozen=True)
class Finding:
    """One criterion with what was measured."""

    says: str
    low: float
    high: float
    central: bool
    effect: Effect

    @property
    def answer(self) -> Answer:
        """Holds if the interval lies in the claimed range, fails if they do not meet."""
        found = self.effect
        if not found.known:
            return Answer.OPEN
        if self.low <= found.low and found.high <= self.high:
            return Answer.HOLDS
        if found.high < self.low or found.low > self.high:
            return Answer.FAILS
        return Answer.OPEN

    @property
    def distance(self) -> float:
        """How far the measured value is from the nearest end of the claimed range, ≥ 0."""
        ends = [abs(self.effect.value - end) for end in (self.low, self.high)]
        return min(ends)

    @property
    def reach(self) -> float:
        """How far the interval reaches from the value towards that end; 0 if it is not finite."""
        found = self.effect
        nearest = min((self.low, self.high), key=lambda end: abs(found.value - end))
        return found.high - found.value if nearest > found.value else found.value - found.low

    @property
    def needed(self) -> float:
        """About how much data (in `effect.units`) would decide it if the value stays: the interval
        shrinks like one over the root. Infinite if the value lies on the end."""
        if not self.effect.known or self.distance == 0 or not math.isfinite(self.reach):
            return math.inf
        return self.effect.size * (self.reach / self.distance) ** 2


def judge(findings: Sequence[Finding]) -> Verdict:
    """The verdict on a claim, from its criteria alone."""
    return verdict_of([(finding.answer, finding.central) for finding in findings])


def verdict_of(told: Sequence[tuple[Answer, bool]]) -> Verdict:
    """The verdict from (answer, central) of every criterion.

    Refuted: every central criterion fails. Supported: every criterion holds. Qualified: a central
    one holds and some criterion fails. Otherwise inconclusive.
    """
    central = [answer for answer, counts in told if counts]
    answers = [answer for answer, _ in told]
    if all(answer is Answer.FAILS for answer in central):
        return Verdict.REFUTED
    if all(answer is Answer.HOLDS for answer in answers):
        return Verdict.SUPPORTED
    if Answer.HOLDS in central and Answer.FAILS in answers:
        return Verdict.QUALIFIED
    return Verdict.INCONCLUSIVE


def findings_of(criteria: Sequence[Criterion], tables: Tables, alpha: float) -> tuple[Finding, ...]:
    """Measure every criterion at confidence 1 − α/k."""
    confidence = 1 - alpha / len(criteria)
    return tuple(
        Finding(c.says, c.low, c.high, c.central, c.effect(tables, confidence)) for c in criteria
    )
