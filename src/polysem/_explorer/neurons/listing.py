"""Which neurons of a diagnosis are listed, and what the list says of each. Holds no widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from polysem._plots.labels import shortened
from polysem._report.diagnosis_page import COLUMNS, told_first

if TYPE_CHECKING:
    from pandas import DataFrame

NARROW = ("neuron", "kind", "features", "score")  # the columns that a phone shows
LONGEST = 80  # letters of the features' names in one row
ANY = ""


class Wanted(NamedTuple):
    """What is asked of the neurons listed; "" asks nothing.

    `polysemantic` — only those. `kind` — what it is. `feature` — part of the name of a feature it
    represents, in any case. `p` — the largest p of the score.
    """

    polysemantic: bool = False
    kind: str = ANY
    feature: str = ANY
    p: str = ANY

    @property
    def problem(self) -> str:
        """What is wrong with `p`; "" if nothing is."""
        if self.p.strip() and self.largest_p is None:
            return f"“{self.p[:40]}” is not allowed: give a number from 0 to 1, such as 0.05."
        return ""

    @property
    def largest_p(self) -> float | None:
        """`p` as a number; None if nothing (or nothing sensible) is asked."""
        try:
            p = float(self.p)
        except ValueError:
            return None
        return p if 0 <= p <= 1 else None

    def takes(self, finding: Any) -> bool:
        """True if this neuron is listed."""
        p, part = self.largest_p, self.feature.strip().casefold()
        return (
            (not self.polysemantic or bool(finding.polysemantic))
            and (not self.kind or finding.kind == self.kind)
            and (not part or any(part in name.casefold() for name in finding.features))
            and (p is None or (finding.score_p is not None and finding.score_p <= p))
        )


def kinds(diagnosis: Any) -> dict[str, int]:
    """What the neurons are, with how many of each, in the order of the figures."""
    from polysem._plots import diagnosis_kinds

    bars = diagnosis_kinds.prepare(diagnosis)
    return dict(zip(reversed(bars.kinds), reversed(bars.counts), strict=True))


def listed(diagnosis: Any, wanted: Wanted) -> list[Any]:
    """The findings that are wanted, the most telling first."""
    return [finding for finding in told_first(diagnosis) if wanted.takes(finding)]


def columns_of(diagnosis: Any) -> Mapping[str, str]:
    """Columns of which something is known: key → heading."""
    known = {"neuron", "kind", "features"}
    known |= {
        key
        for key in COLUMNS
        if key not in known and any(getattr(f, key) is not None for f in diagnosis.findings)
    }
    known.discard("strengths")  # they are beside the chosen neuron
    return {key: heading for key, heading in COLUMNS.items() if key in known}


def frame_of(findings: list[Any], columns: Mapping[str, str]) -> DataFrame:
    """One row per finding, with `columns` (key → heading)."""
    from pandas import DataFrame

    rows = []
    for finding in findings:
        row = finding.row() | {"kind": finding.kind}
        row["features"] = shortened(row["features"], LONGEST)
        rows.append({key: row[key] for key in columns})
    return DataFrame(rows, columns=list(columns))
