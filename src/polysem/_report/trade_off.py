"""The page of a trade-off: the answer, its table, and one Pareto plot per width."""

from __future__ import annotations

from typing import Any

from polysem._plots import pareto
from polysem._report.comparison import CAPTION, HOW, alt
from polysem._report.page import Page

COLUMNS = {
    "m": "m",
    "method": "method",
    "must": "must be",
    "plain": "plain",
    "left": "left",
    "left_after": "after more training",
    "removed": "removed",
    "removed_low": "from",
    "removed_high": "to",
    "loss": "Δ loss",
    "loss_low": "from ",
    "loss_high": "to ",
    "loss_in_pairs": "Δ loss, two on",
    "free": "free",
    "pairs": "pairs",
}
TABLE = (
    "Polysemantic neurons per network; losses in units of one feature's worth. Free: the upper end "
    "of the added loss is at most 2 % of that."
)


def trade_off_page(result: Any) -> Page:
    """The page of a `TradeOff`."""
    whole, *widths = result.answer()
    page = Page("Does removing polysemanticity cost performance?", whole)
    for sentence in widths:
        page.paragraph(sentence)
    page.paragraph(HOW)
    page.table(COLUMNS, result.to_dicts(), TABLE)
    for one in result.comparisons:
        page.heading(f"m = {one.plain.run.spec.network.m}")
        points = pareto.prepare(one)
        figure = pareto.draw_bokeh(points, pareto.subtitle(one), pareto.y_label(one))
        page.figure(figure, CAPTION, alt(points))
    page.heading("What made this")
    first = result.comparisons[0]
    page.settings({**first.settings, **first.provenance})
    return page
