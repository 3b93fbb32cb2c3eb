"""What would change a verdict, said with the numbers measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from polysem._claims.decision import Answer, Finding, Verdict, verdict_of

MANY = 1e7
FAR = 100


def what_would_change(verdict: Verdict, findings: Sequence[Finding]) -> list[str]:
    """One sentence per criterion that alone could change the verdict, or keeps it inconclusive, the
    nearest first."""
    told = []
    answers = [(finding.answer, finding.central) for finding in findings]
    for place, finding in enumerate(findings):
        before, after = answers[:place], answers[place + 1 :]
        variants = [[*before, (answer, finding.central), *after] for answer in Answer]
        waiting = verdict is Verdict.INCONCLUSIVE and finding.answer is Answer.OPEN
        if waiting or any(verdict_of(variant) != verdict for variant in variants):
            told.append((_margin(finding), _sentence(finding)))
    return [sentence for _, sentence in sorted(told, key=lambda pair: pair[0])]


def range_words(low: float, high: float) -> str:
    """The claimed range in words."""
    if not math.isfinite(low):
        return f"at most {high:.3g}"
    if not math.isfinite(high):
        return f"at least {low:.3g}"
    return f"{low:.3g} to {high:.3g}"


def _sentence(finding: Finding) -> str:
    """How far one criterion is from another answer."""
    words = range_words(finding.low, finding.high)
    if not finding.effect.known:
        return f"{finding.says}: too few data to say anything; the claim says {words}."
    value = f"{finding.effect.value:.3g} measured, {words} claimed"
    if finding.answer is Answer.OPEN:
        return f"{finding.says}: {value}; {_more(finding)}."
    now = "holds" if finding.answer is Answer.HOLDS else "fails"
    return (
        f"{finding.says} {now} ({value}): the measured value would have to move by "
        f"{finding.distance:.3g}, {_times(finding)}."
    )


def _more(finding: Finding) -> str:
    needed = finding.needed
    if needed > MANY:
        return "the value lies on the end of the range, so more data of this kind will not decide"
    return (
        f"about {math.ceil(needed):,} {finding.effect.units} instead of {finding.effect.size:,} "
        "would decide it if the value stays"
    )


def _times(finding: Finding) -> str:
    if finding.reach == 0:
        return "and its interval has no width"
    times = finding.distance / finding.reach
    words = f"{times:.1f}" if times < FAR else f"more than {FAR}"
    return f"{words} times the reach of its interval"


def _margin(finding: Finding) -> float:
    if not finding.effect.known or finding.reach == 0:
        return 0.0 if finding.answer is Answer.OPEN else math.inf
    return finding.distance / finding.reach
