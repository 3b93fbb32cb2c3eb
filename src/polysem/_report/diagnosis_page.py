"""The page of a diagnosis: what was found, pictures, every neuron, and a part for each to open."""

from __future__ import annotations

from typing import Any

from polysem._plots import (
    diagnosis_costs,
    diagnosis_kinds,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
    diagnosis_thresholds,
)
from polysem._plots.labels import plural, shortened
from polysem._report.diagnosis_neuron import neuron_part
from polysem._report.page import Page

COLUMNS = {
    "neuron": "neuron",
    "kind": "what it is",
    "features": "features",
    "strengths": "strengths",
    "selectivity": "selectivity",
    "score": "score",
    "score_p": "p of the score",
    "probability": "P(removable)",
    "cost": "cost",
    "layer_count_falls": "count falls",
}
SHOWN_ROWS = 300
SHOWN_NEURONS = 120
PRIVILEGED = 0.05  # family-wise, over the rotation nulls
CSV = 300_000  # bytes; a longer table is not put into the page
SHARED_CAPTION = (
    "Right: the strongest feature is strong. Up: a second, unrelated feature is strong too. "
    "Neurons on the floor have one feature; those high up have two or more."
)
MAP_CAPTION = (
    "Columns are neurons, rows are features; blue: the neuron answers with more activity (or a "
    "positive weight), orange: with less. The strip on top has the colours of the first figure. A "
    "column with several cells is a polysemantic neuron."
)
COST_CAPTION = (
    "Every polysemantic neuron is forced to keep one feature and the network retrained briefly, "
    "beside a sham that is retrained without that. The cost is the difference in loss; 1 is what a "
    "whole feature is worth. Bars: range over retraining seeds."
)
SWEEP_CAPTION = (
    "The threshold decides from which strength on a feature counts. If the counts change much near "
    "the threshold in force, do not lean on them."
)
TABLE_CAPTION = {
    "strengths": "Strengths, in the order of the features: +1 or −1 is the strongest possible; "
    "minus: the neuron answers with less",
    "selectivity": "selectivity: AUROC for the strongest feature (½ is chance), r for a real one",
    "score": "score: strength of a second, unrelated feature with the others held equal",
    "score_p": "p: of that score, if the neuron had no such feature",
    "probability": "P(removable): that the neuron could do with one feature at no cost",
    "cost": "cost: what that takes, in worths of one feature",
}
NULL_CAPTION = (
    "A diamond inside the grey bar: the layer looks like chance. Permuted labels: are neurons "
    "selective at all? Rotated neurons or random directions: are single neurons a better basis "
    "than mixtures of them? Balls in bins: do features share neurons more, or less, often than by "
    "chance? PAIRS, ePAIRS: do neurons fall into categories?"
)


def diagnosis_page(diagnosis: Any) -> Page:
    """The page of a `Diagnosis`."""
    sentences = diagnosis.summary()
    page = Page(f"Diagnosis: {shortened(diagnosis.source, 160)}", sentences[0])
    for text in cautions(diagnosis):
        page.warning(text)
    page.figure(
        diagnosis_kinds.draw_bokeh(diagnosis),
        "A neuron is polysemantic if it represents two or more unrelated features.",
        f"Bars: neurons of each kind. {sentences[0]}",
    )
    _origin(page, diagnosis)
    page.heading("In words")
    nulls = {f"{null}." for null in diagnosis.nulls}
    for text in sentences[1:]:
        if text not in nulls:  # those stand below their picture
            page.paragraph(shortened(text, 600))
    _pictures(page, diagnosis)
    _table(page, diagnosis)
    _parts(page, diagnosis)
    page.heading("Settings")
    page.settings({"tier": diagnosis.tier} | diagnosis.settings)
    return page


def cautions(diagnosis: Any) -> list[str]:
    """What to know before believing the counts."""
    turned = [
        test
        for test in diagnosis.nulls
        if "rotated" in test.null_model or "random directions" in test.null_model
    ]
    if not turned or any(test.p <= PRIVILEGED / len(turned) for test in turned):
        return []
    p = min(test.p for test in turned)
    return [
        "The neurons are no better a basis than random mixtures of them (rotation null, "
        f"p {p:.2g}): how many of them are polysemantic says little about this layer."
    ]


def _origin(page: Page, diagnosis: Any) -> None:
    if any(f.cost is not None for f in diagnosis.findings):
        page.heading("Could it be removed?")
        page.figure(
            diagnosis_costs.draw_bokeh(diagnosis),
            COST_CAPTION,
            "Dots: cost of making each polysemantic neuron monosemantic, with ranges.",
        )


def _pictures(page: Page, diagnosis: Any) -> None:
    if diagnosis.profile is not None:
        page.heading("The neurons")
        alt = "Dots: strength of the first and of the second feature of every neuron."
        page.figure(diagnosis_neurons.draw_bokeh(diagnosis), SHARED_CAPTION, alt)
        alt = "A map: neurons across, features down, coloured where a neuron represents a feature."
        page.figure(diagnosis_map.draw_bokeh(diagnosis), MAP_CAPTION, alt)
    if diagnosis.nulls:
        page.heading("Is it more than chance?")
        alt = "Each statistic of the layer beside the range of its null: " + "; ".join(
            map(str, diagnosis.nulls)
        )
        page.figure(diagnosis_nulls.draw_bokeh(diagnosis), NULL_CAPTION, shortened(alt, 900))
        for null in diagnosis.nulls:
            page.paragraph(f"{str(null)[:1].upper()}{str(null)[1:]}.")
    if diagnosis.profile is not None:
        alt = "Lines: polysemantic, monosemantic and silent neurons against the threshold."
        page.figure(diagnosis_thresholds.draw_bokeh(diagnosis), SWEEP_CAPTION, alt)


def _table(page: Page, diagnosis: Any) -> None:
    page.heading("Every neuron")
    findings = told_first(diagnosis)
    opened = {f.neuron for f in findings[:SHOWN_NEURONS]}
    rows = [f.row() | {"kind": f.kind} for f in findings[:SHOWN_ROWS]]
    rows = [row | {"features": shortened(row["features"], 120)} for row in rows]
    columns = {k: v for k, v in COLUMNS.items() if any(row[k] is not None for row in rows)}
    cut = "" if len(findings) <= SHOWN_ROWS else f" {SHOWN_ROWS} of {len(findings):,} are shown."
    links = {i: f"neuron-{row['neuron']}" for i, row in enumerate(rows) if row["neuron"] in opened}
    caption = f"One row per neuron, polysemantic ones first; the number leads to its part.{cut}"
    page.table(columns, rows, caption, "", links)
    told = [words for name, words in _meanings(diagnosis) if name in columns]
    if told:
        page.paragraph(f"{'; '.join(told)}.")
    csv = diagnosis.to_pandas().to_csv(index=False)
    if len(csv) <= CSV:
        page.download("Download the table (CSV)", "neurons.csv", csv, "text/csv")
    else:
        page.paragraph(
            "The whole table is too large for a page; diagnosis.save(folder), or --out on the "
            "command line, writes it to neurons.parquet."
        )


def _meanings(diagnosis: Any) -> list[tuple[str, str]]:
    """What the columns mean, in their order; weights have strengths and scores of their own."""
    own = {
        "strengths": "Strengths: the weights, in the order of the features",
        "score": "score: the second feature's weight over the strongest one's",
        "score_p": "p: of that score if the weights lay elsewhere by chance",
    }
    by_weight = diagnosis.profile is not None and "weight" in diagnosis.profile.words
    return list((TABLE_CAPTION | (own if by_weight else {})).items())


def _parts(page: Page, diagnosis: Any) -> None:
    """The drill-down."""
    findings = told_first(diagnosis)
    page.heading("Neuron by neuron")
    for finding in findings[:SHOWN_NEURONS]:
        neuron_part(page, diagnosis, finding)
    left = len(findings) - SHOWN_NEURONS
    if left > 0:
        page.paragraph(f"{plural(left, 'more neuron')} in neurons.parquet and features.parquet.")


def told_first(diagnosis: Any) -> list[Any]:
    """Polysemantic neurons first, the strongest second feature on top; then the others."""

    def place(finding: Any) -> tuple[bool, float, int]:
        told = bool(finding.polysemantic) or finding.cost is not None
        return (not told, -(finding.score or 0.0), finding.neuron)

    return sorted(diagnosis.findings, key=place)
