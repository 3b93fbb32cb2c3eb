"""A repair laid out on a page: summary, effects against the sham, what moved, what stayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from polysem._repair.result import Repair
    from polysem._repair.stored import StoredRepair

EFFECT_COLUMNS = {
    "quantity": "quantity",
    "before": "before",
    "sham": "sham",
    "repaired": "repaired",
    "difference": "repaired − sham",
    "low": "95 % from",
    "high": "to",
    "pairs": "pairs",
    "paired_by": "paired by",
}
NETWORK_COLUMNS = {
    "seed": "network",
    "polysemantic": "polysemantic before",
    "polysemantic_repaired": "after",
    "loss": "loss before",
    "loss_sham": "sham",
    "loss_repaired": "repaired",
    "gap": "gap, feature-worths",
    "count_repaired_further": "polysemantic, trained on",
    "count_sham_further": "sham, trained on",
    "left_alone": "still polysemantic",
    "horizon": "steps of retraining",
    "share": "share of training's cost",
}
MOVED_COLUMNS = {
    "seed": "network",
    "neuron": "neuron",
    "feature": "feature",
    "to_neuron": "to neuron",
    "kind": "kind",
}
LEFT_COLUMNS = {"seed": "network", "neuron": "neuron", "reason": "why it is still polysemantic"}
PARETO = (
    "Few collisions to the left, low loss below; the dashed line joins the arms that none beats in "
    "both. Neurons are counted with features that no neuron represents. Trained on: without a mask."
    " With five networks or more, bars are exact Poisson intervals of counts and Student's of "
    "losses; the paired differences above are known better."
)
SHOWN = 500


class PageLike(Protocol):
    """What a page of `polysem._report` offers."""

    def heading(self, text: str) -> None: ...
    def paragraph(self, text: str) -> None: ...
    def table(
        self, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], caption: str
    ) -> None: ...
    def figure(self, plot: Any, caption: str, alt: str) -> None: ...
    def settings(self, values: Mapping[str, Any]) -> None: ...
    def download(self, label: str, name: str, data: str | bytes, mime: str = ...) -> None: ...


def write(repair: Repair | StoredRepair, path: Path) -> Path:
    """Write the page of a repair, just made or read back; returns its path."""
    from polysem._report.page import Page

    page = Page(f"Repair: {repair.source}", repair.summary()[0])
    fill(page, repair)
    return page.write(path)


def fill(page: PageLike, repair: Repair | StoredRepair) -> None:
    """Lay the repair out on an empty page."""
    for sentence in repair.summary()[1:]:
        page.paragraph(sentence)
    page.heading("What it changed, against the sham")
    page.table(
        EFFECT_COLUMNS,
        repair.effects.to_dicts(),
        "The sham had the same data, steps and random numbers, and nothing was moved in it. "
        "Polysemantic neurons are counted with features that no neuron represents. A share has an "
        "exact binomial interval, other differences Student's t over pairs.",
    )
    _pareto(page, repair)
    page.heading("Every network")
    _table(page, NETWORK_COLUMNS, repair.to_dicts(), "One row per network.")
    page.heading("What moved")
    _table(page, MOVED_COLUMNS, repair.moved.to_dicts(), "One row per feature.")
    csv = repair.moved.to_pandas().to_csv(index=False)
    page.download("Download the record (CSV)", "moved.csv", csv, "text/csv")
    if len(repair.left_alone):
        page.heading("What is still polysemantic")
        _table(page, LEFT_COLUMNS, repair.left_alone.to_dicts(), "One row per neuron.")
    page.heading("Settings")
    page.settings(repair.settings)


def _pareto(page: PageLike, repair: Repair | StoredRepair) -> None:
    from polysem._plots.pareto_repair import draw_repair, prepare

    arms = "; ".join(
        f"{p.name}: {p.x[0]:.3g} polysemantic, loss {p.y[0]:.4g}" for p in prepare(repair)
    )
    page.figure(draw_repair(repair), PARETO, f"Polysemantic neurons against loss. {arms}.")


def _table(
    page: PageLike, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], caption: str
) -> None:
    cut = "" if len(rows) <= SHOWN else f" The first {SHOWN} of {len(rows):,} are shown."
    page.table(columns, rows[:SHOWN], caption + cut)
