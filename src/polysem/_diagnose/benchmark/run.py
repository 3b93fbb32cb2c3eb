"""`polysem benchmark-origin`: train the families, label every neuron, fit, and write it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from polysem._config import unknown_name
from polysem._diagnose.benchmark import truth
from polysem._diagnose.benchmark.calibrate import fit_curve, split_figures, unsettled_rows
from polysem._diagnose.benchmark.families import FAMILIES, FRESH
from polysem._diagnose.benchmark.family import Cell, Family
from polysem._diagnose.benchmark.figures import figures
from polysem._diagnose.benchmark.final_state import Fit, alone_values, input_values, make_score
from polysem._diagnose.benchmark.final_state_figures import final_state_figures
from polysem._diagnose.benchmark.fitting import check_apart, label_for_fit
from polysem._diagnose.benchmark.folder import as_json, kept_cell
from polysem._diagnose.benchmark.shipped import Rows, live_figures, saw, shipped_figures
from polysem._diagnose.benchmark.slope import with_fitted_slope
from polysem._diagnose.benchmark.truth import SCORED, Labelled
from polysem._diagnose.final_state.score import shipped as shipped_score
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.shams import EPSILON
from polysem._diagnose.origin.verdict import Calibration
from polysem._errors import BadInput
from polysem._storage.files import write_text
from polysem._storage.provenance import provenance, version
from polysem._storage.tables import to_table, write_table

Progress = Callable[[float, float, str], None]


def chosen(names: Sequence[str] | None) -> tuple[Family, ...]:
    """The families of these names, all by default; `BadInput` for an unknown one."""
    known = {family.name: family for family in FAMILIES}
    for name in names or ():
        if name not in known:
            raise BadInput(unknown_name(name, list(known), "family"))
    return FAMILIES if names is None else tuple(known[name] for name in names)


def label_families(
    families: Sequence[Family],
    networks: int,
    first_seed: int,
    progress: Progress | None = None,
    store: Path | None = None,
) -> Labelled:
    """Every polysemantic neuron of `networks` networks in each cell.

    `store` — a folder in which each finished cell is kept, so that a run that was stopped goes on
    where it was.
    """
    found = Labelled()
    work = [(family, cell) for family in families for cell in family.cells]
    for done, (family, cell) in enumerate(work):
        if progress is not None:
            progress(done, len(work), f"{family.name} {cell.words()}")
        name = f"{family.name} {cell.words()} seeds={first_seed}+{networks}.json"
        kept = None if store is None else store / name.replace(" ", "_")
        seeds = range(first_seed, first_seed + networks)
        found.add(kept_cell(kept, partial(label_cell, family, cell, seeds)))
    return found


def label_cell(family: Family, cell: Cell, seeds: range) -> Labelled:
    """Rows and encodings of the networks of one cell."""
    return truth.label_cell(family, cell, seeds, truth.label_network)


def run_benchmark(
    out: Path,
    networks: int = 2,
    first_seed: int = 0,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    fitted: int = 0,
) -> dict[str, Any]:
    """Write rows.parquet, calibration.json, score.json and figures.json; returns the figures.

    `fitted` — further networks in each cell, on which the final-state score's trees are grown; with
    none, its trees are those in the package, and only their slope is fitted. `out` must exist;
    finished cells are kept in `out`/cells and `out`/fitting and not made again. Raises `BadInput`
    if no neuron was polysemantic or only one verdict occurred, so that nothing can be calibrated.
    """
    check_apart(first_seed, networks, fitted)
    if find_spec("sklearn") is None:
        raise BadInput("The benchmark grows a forest with scikit-learn; pip install scikit-learn.")
    cells = out / "cells"
    cells.mkdir(exist_ok=True)
    labelled = label_families(chosen(names), networks, first_seed, progress, cells)
    rows, columns = labelled.rows, labelled.columns()
    if not rows or len(np.unique(columns["truth"] <= EPSILON)) < 2:
        raise BadInput(
            f"{len(rows)} polysemantic neurons, all with one label, cannot calibrate anything; "
            "take more families or more networks."
        )
    write_table(out / "rows.parquet", to_table(rows))
    calibration = make_calibration(columns, first_seed, networks)
    write_text(out / "calibration.json", as_json(calibration.model_dump(mode="json")))
    values = input_values(labelled)
    alone = alone_values(labelled, values)
    fresh, unseen = Labelled(), None
    if names is None and FRESH:
        fresh = label_families(FRESH, networks, first_seed, progress, cells)
    if fresh.rows:
        unseen = (fresh.columns(), input_values(fresh))
    found = {
        "networks_per_cell": networks,
        "first_seed": first_seed,
        **figures(columns),
        **split_figures(columns),
        "fresh_families": live_figures(calibration, unseen[0]) if unseen else None,
        "final_state": _final_state(
            out, networks, fitted, names, progress, (columns, values), unseen, alone
        ),
        "shipped": shipped_figures((columns, values), unseen),
        "provenance": provenance(),
    }
    write_text(out / "figures.json", as_json(found))
    return found


def _final_state(
    out: Path,
    networks_per_cell: int,
    fitted: int,
    names: Sequence[str] | None,
    progress: Progress | None,
    rows: Rows,
    unseen: Rows | None,
    alone: np.ndarray,
) -> dict[str, Any] | None:
    """Make score.json and its figures on `rows` and `unseen` ones.

    None if there are no trees, or none that have not seen the networks of `rows`.
    """
    score, forests = shipped_score(), {}
    if fitted:
        store = out / "fitting"
        store.mkdir(exist_ok=True)
        fit = Fit.of(label_for_fit(chosen(names), fitted, progress, store), fitted)
        forests = fit.without_each_family()
        score = make_score(fit, forests)
    if score is None or saw(score, rows[0]):
        return None
    score = with_fitted_slope(score, *rows, networks_per_cell)
    write_text(out / "score.json", score.canonical_json() + "\n")
    return final_state_figures(score, forests, rows, unseen, alone)


def make_calibration(columns: dict[str, np.ndarray], first_seed: int, networks: int) -> Calibration:
    """The curve of all rows, with the range of costs that it has seen."""
    label = columns["truth"] <= EPSILON
    curve = fit_curve(columns["score"], label, unsettled_rows(columns))
    s = [squashed(float(c)) for c in columns["score"] if np.isfinite(c)]
    names, cells = np.unique(columns["family"]), np.unique(columns["cell"])
    return Calibration(
        **asdict(curve),
        lowest=min(s),
        highest=max(s),
        neurons=len(label),
        networks=networks * len(cells),
        families=tuple(str(name) for name in names),
        first_seed=first_seed,
        networks_per_cell=networks,
        steps=SCORED.steps,
        size=f"{networks} networks in each of {len(cells)} cells",
        version=version("polysem") or "unknown",
    )
