"""A diagnosis laid out on a page: summary, table, and a part for every polysemantic neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.rows import Finding

COLUMNS = {
    "neuron": "neuron",
    "features": "features",
    "strengths": "strengths",
    "polysemantic": "polysemantic",
    "selectivity": "selectivity",
    "score": "score",
    "score_p": "p of the score",
    "verdict": "verdict",
    "probability": "P(removable)",
    "cost": "cost, feature-worths",
    "layer_count_falls": "count falls",
}
SHOWN_ROWS = 1000
SHOWN_NEURONS = 60


class PageLike(Protocol):
    """What a page of `polysem._report` offers."""

    def heading(self, text: str) -> None: ...
    def paragraph(self, text: str) -> None: ...
    def table(
        self, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], caption: str
    ) -> None: ...
    def settings(self, values: Mapping[str, Any]) -> None: ...
    def download(self, label: str, name: str, data: str | bytes, mime: str = ...) -> None: ...


def fill(page: PageLike, diagnosis: Diagnosis) -> None:
    """Lay the diagnosis out on an empty page."""
    for sentence in diagnosis.summary():
        page.paragraph(sentence)
    rows = diagnosis.to_dicts()
    page.heading("Every neuron")
    cut = "" if len(rows) <= SHOWN_ROWS else f" The first {SHOWN_ROWS} of {len(rows):,} are shown."
    page.table(COLUMNS, rows[:SHOWN_ROWS], f"One row per neuron.{cut}")
    csv = diagnosis.to_pandas().to_csv(index=False)
    page.download("Download the table (CSV)", "neurons.csv", csv, "text/csv")
    _neurons(page, [f for f in diagnosis.findings if f.polysemantic or f.cost is not None])
    page.heading("Settings")
    page.settings(diagnosis.settings)


def _neurons(page: PageLike, findings: list[Finding]) -> None:
    """The drill-down: what each polysemantic neuron carries, and what removal costs."""
    if findings:
        page.heading("Polysemantic neurons one by one")
    for finding in findings[:SHOWN_NEURONS]:
        pairs = zip(finding.features, finding.strengths, strict=True)
        rows = [{"feature": name, "strength": size} for name, size in pairs]
        caption = f"Neuron {finding.name}: {finding.verdict}."
        page.table({"feature": "feature", "strength": "strength"}, rows, caption)
        page.paragraph(finding.evidence[:1].upper() + finding.evidence[1:] + ".")
    if len(findings) > SHOWN_NEURONS:
        page.paragraph(f"{len(findings) - SHOWN_NEURONS} more are in the table.")
