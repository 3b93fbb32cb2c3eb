"""The page of the claims ledger: statement, verdict, numbers, figure, what would change it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from polysem._claims.words import excluded_words, experiments_told, number_rows, size_words
from polysem._plots.claims import draw_bokeh
from polysem._plots.claims_text import alt, caption
from polysem._plots.labels import plural
from polysem._report.markup import cell
from polysem._report.page import Page

OVERVIEW = {
    "claim": "claim",
    "statement": "statement",
    "verdict": "verdict",
    "used": "networks",
    "excluded": "excluded",
}
CRITERIA = {
    "criterion": "if the claim is true, then",
    "claimed": "lies",
    "measured": "measured",
    "interval": "interval",
    "answer": "so it",
    "data": "data",
    "method": "kind of interval",
}
ANSWERS = {"open": "is open"}
NOTHING_ALONE = "No single criterion could change it alone."
LOUD_SHARE = 0.05  # of seeds excluded, from which on the page warns
HOW = (
    "A criterion holds if the interval of the measured number lies within the claimed range, "
    "fails if the two do not meet, and is open otherwise. Supported: all hold. Refuted: all "
    "central criteria fail. Qualified: a central one holds, and some criterion fails. Otherwise "
    "inconclusive. “Beside” marks what is not central. Intervals are wide enough that a claim's "
    "decided verdict is wrong with the stated probability at most, whatever the truth "
    "(Bonferroni over its criteria)."
)


def ledger_page(ledger: Any) -> Page:
    """The page of a `Ledger`."""
    page = Page("The claims ledger", lead(ledger))
    page.paragraph(HOW)
    links = {row: one.claim.id for row, one in enumerate(ledger)}
    rows = [_overview(one) for one in ledger]
    page.table(OVERVIEW, rows, "Every claim and its verdict.", links=links)
    for one in ledger:
        claim_section(page, one)
    page.heading("What made this")
    page.settings(ledger.provenance)
    return page


def lead(ledger: Any) -> str:
    """How many claims got which verdict."""
    counts = Counter(str(one.verdict) for one in ledger)
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    seeds = sum(one.used for one in ledger)
    return (
        f"{plural(len(ledger), 'claim')} about incidental polysemanticity, tested on "
        f"{plural(seeds, 'network')}: {words}. {size_words(ledger.size)} "
        "Every verdict is computed from the data below."
    )


def claim_section(page: Page, one: Any) -> None:
    """One claim: what is said, what was found."""
    claim = one.claim
    page.heading(f"{claim.number}. {str(one.verdict).capitalize()}: {claim.statement}", claim.id)
    page.paragraph(f"Source: {claim.source}.")
    page.paragraph(f"How we read it: {claim.reading}")
    _cautions(page, one)
    for panel in one.panels:
        page.figure(draw_bokeh(panel), caption(panel), alt(panel))
    _criteria(page, one)
    page.paragraph("What would change the verdict:")
    for sentence in one.what_would_change or [NOTHING_ALONE]:
        page.paragraph(f"• {sentence}")
    rows = number_rows(one.numbers)
    if rows:
        columns = {name: name for name in rows[0]}
        page.table(columns, rows, "The numbers behind the figure, with 95 % intervals.")
    page.paragraph(f"The experiments. {excluded_words(one.used, one.excluded)}")
    for names, words in experiments_told(claim, one.size).items():
        page.paragraph(f"• {names}: {words}")


def _criteria(page: Page, one: Any) -> None:
    """What was claimed, what was measured, and how surely."""
    claim = one.claim
    rows = [row | criterion_words(row) for row in one.finding_rows]
    page.table(CRITERIA, rows, decision_words(claim.alpha, len(rows)))


def decision_words(alpha: float, criteria: int) -> str:
    """How sure the decision is."""
    return (
        f"The decision, wrong with probability {alpha:.0%} at most: "
        f"{plural(criteria, 'criterion', 'criteria')}, each with a {1 - alpha / criteria:.2%} "
        "interval."
    )


def criterion_words(row: dict[str, Any]) -> dict[str, str]:
    """Parts of a criterion that are said in words."""
    low, high = ("∞" if end is None else cell(end) for end in (row["low"], row["high"]))
    return {
        "criterion": row["criterion"] + ("" if row["central"] else " (beside)"),
        "interval": "too few data" if row["measured"] is None else f"{low} to {high}",
        "answer": str(ANSWERS.get(row["answer"], row["answer"])),
        "data": f"{row['size']:,} {row['units']}",
    }


def _cautions(page: Page, one: Any) -> None:
    """Loud boxes about seeds that were left out."""
    out = sum(one.excluded.values())
    if out > LOUD_SHARE * (out + one.used):
        why = "; ".join(f"{reason} ({count})" for reason, count in one.excluded.items())
        page.warning(
            f"{out} of {out + one.used} seeds were excluded by rule: {why}. What is measured "
            "holds for those that are left."
        )
    if one.failures:
        page.warning(f"{plural(one.failures, 'cell')} could not be computed.")


def _overview(one: Any) -> dict[str, Any]:
    return {
        "claim": one.claim.id,
        "statement": one.claim.statement,
        "verdict": str(one.verdict),
        "used": one.used,
        "excluded": sum(one.excluded.values()),
    }
