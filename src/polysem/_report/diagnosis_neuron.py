"""The part of one neuron on the page of a diagnosis."""

from __future__ import annotations

import math
from typing import Any

from polysem._plots.labels import shortened
from polysem._report.page import Page

FEATURES = {
    "name": "feature",
    "share": "share",
    "strength": "strength",
    "represented": "represented",
    "group": "group",
    "auroc": "AUROC",
    "difference": "difference, sd",
    "correlation": "r",
    "partial": "partial r",
    "adjusted": "others held equal",
    "information": "bits",
    "p": "p",
}
FEWER = 5  # features listed for neurons that are not polysemantic


def neuron_part(page: Page, diagnosis: Any, finding: Any) -> None:
    """A fold with what the neuron responds to, the evidence, and what the origin test found."""
    with page.fold(f"neuron-{finding.neuron}", neuron_title(finding)):
        neuron_evidence(page, diagnosis, finding)


def neuron_title(finding: Any) -> str:
    """Which neuron, what it is, and its features."""
    features = shortened(", ".join(finding.features), 120)
    name = (
        finding.name
        if finding.name == str(finding.neuron)
        else f"{finding.neuron} ({finding.name})"
    )
    return f"Neuron {shortened(name)}: {finding.kind}" + (f" – {features}" if features else "")


def neuron_evidence(page: Page, diagnosis: Any, finding: Any) -> None:
    """The evidence in words, the strongest features, and every figure that is known."""
    page.paragraph(finding.evidence[:1].upper() + finding.evidence[1:].rstrip(".") + ".")
    _features(page, diagnosis, finding)
    facts = _facts(finding) | _origin_facts(diagnosis, finding.neuron)
    if facts:
        page.settings(facts)


def _features(page: Page, diagnosis: Any, finding: Any) -> None:
    profile = diagnosis.profile
    if profile is None or finding.kind == "not assessable":
        return
    told = bool(finding.polysemantic) or finding.cost is not None
    rows = profile.of(finding.neuron)[: None if told else FEWER]
    for row in rows:
        row["name"] = shortened(str(row["name"]), 60)
        row["represented"] = row["group"] != 0
        row["group"] = row["group"] or None
    columns = {key: head for key, head in FEATURES.items() if _known(rows, key)}
    caption = f"Its strongest features; share: {profile.words}."
    page.table(columns, rows, caption, "share")


def _known(rows: list[dict[str, Any]], key: str) -> bool:
    values = [row.get(key) for row in rows]
    return any(v is not None and not (isinstance(v, float) and math.isnan(v)) for v in values)


def _facts(finding: Any) -> dict[str, Any]:
    """Figures of the row that are known, by a name that explains itself."""
    found: dict[str, Any] = {}
    if finding.selectivity is not None:
        found["selectivity for the strongest feature"] = _range(
            finding.selectivity, finding.selectivity_low, finding.selectivity_high, "95 %"
        )
    if finding.score is not None:
        p = "" if finding.score_p is None else f", p {finding.score_p:.2g} under the null"
        found["score of the second group"] = f"{finding.score:.3g}{p}"
    if finding.cost is not None:
        found["cost of removal, feature-worths"] = _range(
            finding.cost, finding.cost_low, finding.cost_high, "seeds"
        )
    if finding.probability is not None:
        found["probability of being removable"] = f"{finding.probability:.3f}"
    for name, words in (
        ("layer_count_falls", "the layer's count falls"),
        ("init_caused", "caused by the initial weights"),
    ):
        if getattr(finding, name) is not None:
            found[words] = "yes" if getattr(finding, name) else "no"
    return found


def _range(value: float, low: float | None, high: float | None, what: str) -> str:
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return f"{value:.4g}"
    return f"{value:.4g} ({what}: {low:.4g} to {high:.4g})"


def _origin_facts(diagnosis: Any, neuron: int) -> dict[str, Any]:
    """What the matched retraining of this neuron found."""
    origin = diagnosis.origin
    for removal in () if origin is None else (*origin.removals, *origin.recorded):
        if removal.neuron == neuron:
            return {
                "cheapest move": removal.move,
                "cost by retraining seed": ", ".join(f"{cost:.4g}" for cost in removal.each),
                "cost before any retraining": f"{removal.static:.4g}",
                "fall of the layer's count": f"{removal.count_falls:.3g}",
            }
    return {}
