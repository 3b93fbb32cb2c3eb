"""The report of one run: words, figures, the table per seed, settings and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polysem._plots import fates, occupancy, polysemantic, sparsification, weights
from polysem._plots.labels import settings_line
from polysem._report import captions
from polysem._report.markup import flat
from polysem._report.page import Page
from polysem._report.words import summary

COLUMNS = {
    "seed": "seed",
    "outcome": "outcome",
    "polysemantic": "polysemantic neurons",
    "opposite_sign": "opposite sign",
    "same_sign": "same sign",
    "dead_features": "dead features",
    "initial_argmax_won": "initial argmax won",
    "t": "time t",
    "steps": "steps",
    "rhs_evaluations": "right-hand sides",
    "wall_seconds": "seconds",
}
SHOWN_ROWS = 200


def write_run_report(run: Any, path: str | Path) -> Path:
    """Write the self-contained page of a `Run` to `path` and return it.

    Raises `RunFailed` if the file cannot be written.
    """
    return run_page(run).write(path)


def run_page(run: Any) -> Page:
    """The page of a `Run`."""
    network = run.spec.network
    verb = "Gradient flow" if run.spec.verb == "simulate" else "Training"
    settings = settings_line(network.n, network.m, network.l1, len(run.seeds))
    words = summary(run)
    page = Page(f"{verb}: {settings}", words[0])
    for warning in run.census.warnings:
        page.warning(warning)
    for text in words[1:]:
        page.paragraph(text)
    _figures(page, run)
    _seeds(page, run)
    page.heading("Settings")
    said = flat(run.spec.model_dump(mode="json"))
    page.settings({name: value for name, value in said if value is not None})
    page.heading("What made this")
    page.settings(run.provenance)
    return page


def _figures(page: Page, run: Any) -> None:
    page.heading("How many neurons are polysemantic?")
    page.figure(polysemantic.draw_bokeh(run), *captions.polysemantic(run))
    page.figure(occupancy.draw_bokeh(run), *captions.OCCUPANCY)
    page.heading("Which collisions last?")
    page.figure(fates.draw_bokeh(run), *captions.FATES)
    page.heading("The weights")
    page.figure(weights.draw_bokeh(run), *captions.WEIGHTS)
    page.heading("How fast do encodings become sparse?")
    frame = sparsification.frame_of_run(run)
    if frame is None:
        page.paragraph("l1_norm and m_prime were not recorded in this run.")
        return
    line = sparsification.draw_bokeh(frame, note=sparsification.run_subtitle(run))
    page.figure(line, *captions.SPARSIFICATION)


def _seeds(page: Page, run: Any) -> None:
    """The table per seed, its download, and the remedies for bad ends."""
    page.heading("Every network")
    rows = run.rows
    shown = [row | {"outcome": str(row["outcome"])} for row in rows[:SHOWN_ROWS]]
    cut = "" if len(shown) == len(rows) else f" The first {SHOWN_ROWS} of {len(rows):,} are shown."
    page.table(COLUMNS, shown, f"One row per seed.{cut}")
    for name, remedy in dict.fromkeys((str(row["outcome"]), row["remedy"]) for row in rows):
        page.paragraph(f"{name}: {remedy}")
    csv = run.to_pandas().to_csv(index=False)
    page.download("Download the table (CSV)", "seeds.csv", csv, "text/csv")
