"""A claim with what was measured and the verdict that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from polysem._claims.change import range_words, what_would_change
from polysem._claims.claim import Claim
from polysem._claims.decision import Answer, Finding, Verdict, findings_of, judge
from polysem._claims.effect import unknown
from polysem._claims.gather import Gathered, Size
from polysem._claims.panel import Panel

NO_DATA = "Every seed of an experiment was excluded by rule, so nothing can be said."


@dataclass(frozen=True, eq=False)
class Judgement:
    """`claim`, its `findings` (one per criterion), and what they rest on (`data`)."""

    claim: Claim
    size: Size
    data: Mapping[str, Gathered]
    findings: tuple[Finding, ...]

    @cached_property
    def verdict(self) -> Verdict:
        """Computed from the findings; nowhere typed in."""
        return judge(self.findings)

    @property
    def tables(self) -> dict[str, Any]:
        """Experiment → table."""
        return {name: gathered.table for name, gathered in self.data.items()}

    @property
    def panel(self) -> Panel:
        """The figure."""
        return self.panels[0]

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        """The figure, then those beside it."""
        if _empty(self.tables):
            return (Panel("No data", "", "", (), NO_DATA, NO_DATA),)
        return tuple(draw(self.tables) for draw in (self.claim.panel, *self.claim.beside))

    @property
    def figures(self) -> list[tuple[str, Panel]]:
        """(name of its file, panel) of every figure."""
        more = (f"{self.claim.id}-{i}" for i in range(2, len(self.panels) + 1))
        return list(zip((self.claim.id, *more), self.panels, strict=True))

    @property
    def numbers(self) -> Any:
        """The table to show, a data frame."""
        if _empty(self.tables):
            return next(table for table in self.tables.values() if not len(table))
        return self.claim.numbers(self.tables)

    @property
    def what_would_change(self) -> list[str]:
        """Sentences with numbers, the nearest change first."""
        return what_would_change(self.verdict, self.findings)

    @property
    def used(self) -> int:
        """Seeds measured; those of a sweep that experiments share count once."""
        return sum(gathered.used for gathered in self._sweeps.values())

    @property
    def excluded(self) -> dict[str, int]:
        """Seeds excluded by rule: "experiment: reason" → how many."""
        return {
            f"{name}: {reason}": count
            for name, gathered in self._sweeps.items()
            for reason, count in gathered.excluded.items()
        }

    @property
    def failures(self) -> int:
        """Cells that could not be computed."""
        return sum(len(gathered.failures) for gathered in self._sweeps.values())

    @property
    def _sweeps(self) -> dict[str, Gathered]:
        """What was gathered, once for every sweep and what the rules leave of it."""
        found: dict[Any, tuple[str, Gathered]] = {}
        for name, gathered in self.data.items():
            left = gathered.used, frozenset(gathered.excluded.items())
            found.setdefault((gathered.sweep or name, left), (name, gathered))
        return dict(found.values())

    @property
    def finding_rows(self) -> list[dict[str, Any]]:
        """One plain mapping per criterion, ready for JSON; what is not known is None."""
        return [_row(finding) for finding in self.findings]

    @property
    def because(self) -> str:
        """The verdict in one sentence."""
        parts = []
        for answer in Answer:
            said = [f.says for f in self.findings if f.answer is answer]
            if said:
                parts.append(f"{answer}: {'; '.join(said)}")
        return f"{self.verdict.capitalize()}. " + ". ".join(map(_begun, parts)) + "."

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "id": self.claim.id,
            "statement": self.claim.statement,
            "source": self.claim.source,
            "verdict": str(self.verdict),
            "alpha": self.claim.alpha,
            "size": self.size.name,
            "seeds_used": self.used,
            "seeds_excluded": self.excluded,
            "failures": self.failures,
            "criteria": self.finding_rows,
            "what_would_change": self.what_would_change,
        }


def judgement(claim: Claim, size: Size, data: Mapping[str, Gathered]) -> Judgement:
    """Measure and judge."""
    tables = {name: gathered.table for name, gathered in data.items()}
    criteria = claim.criteria
    if _empty(tables):  # every seed of an experiment was excluded: nothing can be said
        criteria = [replace(c, effect=lambda *_: unknown(0, "seeds")) for c in criteria]
    return Judgement(claim, size, data, findings_of(criteria, tables, claim.alpha))


def _empty(tables: Mapping[str, Any]) -> bool:
    """True if an experiment left nothing to measure."""
    return any(len(table) == 0 for table in tables.values())


def _row(finding: Finding) -> dict[str, Any]:
    found = finding.effect
    known = found.known
    return {
        "criterion": finding.says,
        "claimed": range_words(finding.low, finding.high),
        "measured": found.value if known else None,
        "low": _finite(found.low),
        "high": _finite(found.high),
        "answer": str(finding.answer),
        "central": finding.central,
        "size": found.size,
        "units": found.units,
        "method": found.method,
    }


def _begun(text: str) -> str:
    """With a capital; the rest as it was."""
    return text[:1].upper() + text[1:]


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
