"""The ledger in markup: its list, and one claim's page. Every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from polysem._claims.discover import all_claims
from polysem._claims.stored import StoredClaim, StoredLedger
from polysem._claims.words import excluded_words
from polysem._explorer import texts
from polysem._plots.labels import plural
from polysem._report import markup
from polysem._report.claims import CRITERIA, criterion_words, decision_words

SIGNS = {"supported": "✓", "refuted": "✗", "qualified": "◐", "inconclusive": "?"}
MEANING = {
    "supported": "everything that the claim says of our numbers holds",
    "refuted": "what is central to the claim fails",
    "qualified": "something central holds, and something fails or stays open",
    "inconclusive": "the data do not decide",
}
ABSENT = "not in this ledger"


def badge(verdict: str) -> str:
    """A verdict as a sign, a colour and a word."""
    kind = verdict if verdict in SIGNS else "absent"
    return (
        f'<span class="verdict {kind}"><span aria-hidden="true">{SIGNS.get(verdict, "–")}</span> '
        f"{escape(verdict)}</span>"
    )


def lead(ledger: StoredLedger) -> str:
    """How many claims got which verdict, from what."""
    counted = [f"{count} {verdict}" for verdict, count in ledger.counts.most_common()]
    seeds = sum(one.seeds_used for one in ledger.claims)
    size = ", ".join(dict.fromkeys(one.size for one in ledger.claims))
    made = ledger.provenance
    facts = [
        str(made["written"])[:10] if "written" in made else "",
        f"Polysem {made['polysem']}" if "polysem" in made else "",
        f"size: {size}",
    ]
    return (
        f"{plural(len(ledger.claims), 'claim')}, tested on {plural(seeds, 'network')}: "
        f"{', '.join(counted)} ({'; '.join(filter(None, facts))})."
    )


def legend() -> str:
    """What the verdicts mean."""
    rows = [f"<li>{badge(name)} {escape(words)}</li>" for name, words in MEANING.items()]
    return f'<ul class="plain">{"".join(rows)}</ul>'


def claims_list(ledger: StoredLedger, verdict: str, link: Any) -> str:
    """The claims of a verdict ("" for all), each a link by `link(id)`."""
    there = {one.id for one in ledger.claims}
    rows = [
        f'<li>{badge(one.verdict)} <a href="{escape(link(one.id), quote=True)}" target="_self">'
        f"{escape(numbered(one))}</a></li>"
        for one in ledger.claims
        if verdict in ("", one.verdict)
    ]
    if not verdict:
        rows += [
            f"<li>{badge(ABSENT)} {escape(f'{claim.number}. {claim.statement}')}</li>"
            for claim in all_claims()
            if claim.id not in there
        ]
    return f'<ul class="claims">{"".join(rows)}</ul>'


def numbered(one: StoredClaim) -> str:
    """Number and statement."""
    number = one.id.partition("-")[0].lstrip("0")
    return f"{number}. {one.statement}" if number.isdecimal() else one.statement


def head(one: StoredClaim, back: str) -> str:
    """Verdict, statement, source, and how the words are read."""
    reading = one.claim.reading if one.claim else ""
    parts = [
        f'<p><a href="{escape(back, quote=True)}" target="_self">← All claims</a></p>',
        f"<h2>{escape(numbered(one))}</h2>",
        f"<p>{badge(one.verdict)} {escape(MEANING.get(one.verdict, ''))}</p>",
        texts.paragraph(f"Source: {one.source}", "quiet"),
        texts.paragraph(f"How we read it: {reading}") if reading else "",
    ]
    return "".join(parts)


def criteria(one: StoredClaim) -> str:
    """The table of criteria."""
    rows = [row.model_dump() for row in one.criteria]
    told = [row | criterion_words(row) for row in rows]
    caption = decision_words(one.alpha, max(len(rows), 1))
    return texts.heading("Numbers", 3) + markup.table(CRITERIA, told, caption)


def change(one: StoredClaim) -> str:
    """What would change the verdict, and what was left out."""
    said = one.what_would_change or ("No single criterion could change it alone.",)
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in said)
    used = f"{excluded_words(one.seeds_used, one.seeds_excluded)} Size: {one.size}."
    failed = f"{plural(one.failures, 'cell')} could not be computed." if one.failures else ""
    return (
        texts.heading("What would change the verdict", 3)
        + f"<ul>{items}</ul>"
        + texts.paragraph(used, "quiet")
        + (texts.paragraph(failed, "problem") if failed else "")
    )


def behind(one: StoredClaim) -> str:
    """The table of numbers behind the figure."""
    if not one.numbers:
        return ""
    columns = {name: name for name in one.numbers[0]}
    table = markup.table(columns, one.numbers, "Numbers behind the figure.")
    return markup.fold("numbers", "Numbers behind the figure", table)


def sweeps(links: Mapping[str, str]) -> str:
    """Links to the sweeps of a claim in the results view."""
    if not links:
        return ""
    said = ", ".join(
        f'<a href="{escape(target, quote=True)}" target="_self">{escape(name)}</a>'
        for name, target in links.items()
    )
    return f"<p>The networks behind it: {said}</p>"
