"""The page of a comparison: Pareto plot, effect table, and who was left out."""

from __future__ import annotations

from typing import Any

from polysem._plots import pareto
from polysem._plots.labels import plural
from polysem._report.page import Page

METHODS = {
    "method": "method",
    "does": "what it does",
    "expected": "expected by theory",
    "equation": "equation",
    "left": "measured",
    "left_after": "after more training",
    "sham": "its sham",
}
EFFECTS = {
    "method": "method",
    "against": "against",
    "measure": "measure",
    "mean_against": "without",
    "mean": "with",
    "effect": "effect",
    "low": "from",
    "high": "to",
    "pairs": "pairs",
    "interval": "interval",
}
HOW = (
    "Every method starts from the seeds of the plain networks, so that effects are differences of "
    "pairs. Every loss is the plain network's own, whatever the method was trained on, over all "
    "inputs or over draws that no training saw. A sham changes as much without preventing anything."
)
CAPTION = (
    "Few collisions to the left, low loss below; the dashed line joins the methods that none beats "
    "in both. Bars: exact Poisson intervals of counts, Student's of losses; the paired differences "
    "below are known better."
)


def comparison_page(result: Any) -> Page:
    """The page of a `Comparison`."""
    from polysem._repair.judge.words import exclusions

    page = Page("Prevention on both sides of the ledger", lead(result))
    page.paragraph(HOW)
    if result.excluded:
        page.warning("Left out by rule. " + " ".join(exclusions(result)))
    points = pareto.prepare(result)
    page.figure(
        pareto.draw_bokeh(points, pareto.subtitle(result), pareto.y_label(result)),
        CAPTION,
        alt(points),
    )
    page.heading("Methods")
    page.table(METHODS, methods(result), "Polysemantic neurons per network.")
    effects = result.effects.to_dicts()
    for stage, words in (("end", "At the end"), ("after", "After more training")):
        rows = [
            row | {"measure": result.measures[row["measure"]].label}
            for row in effects
            if row["stage"] == stage
        ]
        if rows:
            page.heading(f"Effects: {words.lower()}")
            page.table(EFFECTS, rows, f"{words}, {result.confidence:.0%} intervals.")
    page.heading("What made this")
    page.settings({**result.settings, **result.provenance})
    return page


def lead(result: Any) -> str:
    """What was compared."""
    if result.per_feature == 1:
        return f"{result.headline}."
    spec = result.plain.run.spec
    network, seeds = spec.network, len(result.plain.run.seeds)
    how = "gradient flow" if spec.verb == "simulate" else f"training ({spec.train.optimiser})"
    return (
        f"{plural(seeds, 'network')} of {plural(network.n, 'feature')} on "
        f"{plural(network.m, 'neuron')}, λ = {network.l1:g}, by {how}; and the same seeds under "
        f"{plural(len(result.arms) - 1, 'other method')}."
    )


def methods(result: Any) -> list[dict[str, Any]]:
    """One row per arm: what it is, what theory expects of it, what was counted."""
    measured = {row["method"]: row for row in result.summary()}
    found = []
    for arm in result.arms:
        row = measured.get(arm.name, {})
        expected = arm.expected or (None, "")
        found.append(
            {
                "method": arm.name,
                "does": arm.does,
                "expected": expected[0],
                "equation": expected[1],
                "left": row.get("left", plain_mean(result, "end")),
                "left_after": row.get("left_after", plain_mean(result, "after")),
                "sham": arm.sham or "",
            }
        )
    return found


def plain_mean(result: Any, stage: str) -> float | None:
    """Mean count of the plain networks that are used."""
    counts = [
        row["polysemantic"]
        for row in result.rows.to_dicts()
        if (row["method"], row["stage"], row["used"]) == (result.plain.name, stage, True)
    ]
    return sum(counts) / len(counts) if counts else None


def alt(points: list[pareto.Point]) -> str:
    """The figure in words."""
    best = ", ".join(point.name for point in points if point.front)
    return f"Polysemantic neurons against loss by method; on the front: {best or 'none'}."
