"""The report of a sweep: what was found in words, the figure, every cell, failures, the grid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from polysem._plots import sweep as figure
from polysem._plots.labels import number, plural
from polysem._plots.sweep_choice import Choice, axis_name, choose
from polysem._plots.sweep_data import interval_words, is_count, mean_with_interval
from polysem._plots.sweep_scales import word
from polysem._report.page import Page

SHOWN_CELLS = 200
SHOWN_FAILURES = 50
MADE_BY = ("polysem", "results_version", "commit", "dirty", "device", "machine", "libraries")
THEORY = {"polysemantic", "opposite_sign"}
Row = dict[str, Any]


def write_sweep_report(sweep: Any, path: str | Path, **asked: Any) -> Path:
    """Write the self-contained page of a `Sweep` to `path` and return it. `asked` — x, y, by,
    facet. Raises `BadInput` for a column that cannot be drawn, `RunFailed` if writing fails."""
    return sweep_page(sweep, **asked).write(path)


def sweep_page(sweep: Any, **asked: Any) -> Page:
    """The page of a `Sweep`."""
    frame = sweep.to_pandas()
    page = Page(_title(sweep, frame), lead(frame))
    for warning in warnings_of(sweep):
        page.warning(warning)
    if len(frame):
        choice = choose(frame, sweep.axes, **asked)
        rows = cell_rows(frame, sweep.axes, choice.y)
        page.heading(f"What depends on {axis_name(choice.x)}?")
        page.figure(figure.draw_bokeh(frame, choice), *caption(choice))
        _cells(page, rows, sweep.axes, choice.y)
    _failures(page, sweep)
    page.heading("The grid")
    page.settings({k: v for k, v in sweep.grid.items() if v not in ({}, [], ())})
    page.heading("What made this")
    made = {name: _different(frame, name) for name in MADE_BY if name in frame}
    if "libraries" in made:
        made["libraries"] = [_versions(text) for text in made["libraries"]]
    page.settings(made)
    return page


def cell_rows(frame: Any, axes: tuple[str, ...], y: str) -> list[Row]:
    """One row per cell: its axes, seeds, mean of `y` with 95 % interval, share converged."""
    rows = []
    for _, cell in frame.groupby("cell", sort=False):
        first = cell.iloc[0]
        counted = cell[cell["countable"].fillna(False).astype(bool)][y].dropna()
        mean = low = high = None
        if len(counted):
            mean, low, high = mean_with_interval(counted.to_numpy(), is_count(y))
        rows.append(
            {name: _plain(first[name]) for name in axes}
            | {"seeds": len(cell), "mean": mean, "low": low, "high": high}
            | {"expected": float(first["expected_balls"]) if y in THEORY else None}
            | {"converged": float(cell["converged"].fillna(False).astype(float).mean())}
        )
    return rows


def _title(sweep: Any, frame: Any) -> str:
    axes = " × ".join(axis_name(name) for name in sweep.axes) or "one cell"
    return f"Sweep over {axes}: {plural(frame['cell'].nunique(), 'cell')}"


def lead(frame: Any) -> str:
    """What was computed and found, in a sentence or two."""
    if not len(frame):
        return "Nothing has been computed yet."
    verb = "solved by gradient flow" if frame["verb"].iloc[0] == "simulate" else "trained"
    text = f"{plural(len(frame), 'network')} {'was' if len(frame) == 1 else 'were'} {verb}."
    counted = frame[frame["countable"].fillna(False).astype(bool)]
    total = int(counted["polysemantic"].sum())
    opposite, same = int(counted["opposite_sign"].sum()), int(counted["same_sign"].sum())
    if total == 0:
        return f"{text} None of their neurons became polysemantic."
    return (
        f"{text} {total:,} of their neurons became polysemantic: {opposite:,} hold two features "
        f"of opposite sign, {same:,} features of the same sign."
    )


def warnings_of(sweep: Any) -> list[str]:
    """What to know before believing the numbers of a `Sweep`."""
    found = []
    if sweep.failures:
        found.append(f"{plural(len(sweep.failures), 'block')} of seeds failed; see below.")
    if sweep.damaged:
        found.append(
            f"{plural(len(sweep.damaged), 'damaged part')} left out; sweep again to compute anew."
        )
    settled = sweep.table["converged"].to_pandas().fillna(False).astype(bool)
    unsettled = int((~settled).sum())
    if unsettled:
        found.append(
            f"{unsettled:,} of {plural(len(settled), 'network')} had not converged, judged by the "
            "weights themselves; counts of unconverged states depend on the threshold."
        )
    return found


def caption(choice: Choice) -> tuple[str, str]:
    """(caption, the same for those who cannot see it)."""
    what = word(choice.y)
    text = f"Mean over seeds of: {what}. Bars: {interval_words(is_count(choice.y))}."
    if choice.y in THEORY:
        text += (
            " Lines: what theory expects from n and m alone, for the base model, whatever "
            "else was swept."
        )
    alt = f"Points: {what} against {word(choice.x)}"
    alt += f", one colour per {axis_name(choice.by)}" if choice.by else ""
    alt += f", one panel per {axis_name(choice.facet)}" if choice.facet else ""
    if choice.pooled:
        text += f" Averaged over {', '.join(map(axis_name, choice.pooled))}."
    return text, f"{alt}."


def _cells(page: Page, rows: list[Row], axes: tuple[str, ...], y: str) -> None:
    columns = {name: axis_name(name) for name in axes}
    columns |= {"seeds": "seeds", "mean": f"mean {y}", "low": "95 % from", "high": "to"}
    columns |= {"expected": "signed balls in bins"} if y in THEORY else {}
    columns |= {"converged": "share converged"}
    cut = "" if len(rows) <= SHOWN_CELLS else f" The first {SHOWN_CELLS} of {len(rows):,}."
    page.heading("Every cell")
    page.table(columns, rows[:SHOWN_CELLS], f"One row per cell.{cut}")
    from pandas import DataFrame

    csv = DataFrame([{name: row[name] for name in columns} for row in rows]).to_csv(index=False)
    page.download("Download the table of all cells (CSV)", "cells.csv", csv, "text/csv")


def _failures(page: Page, sweep: Any) -> None:
    if not sweep.failures:
        return
    page.heading("What failed")
    columns = {"name": "cell", "first": "first seed", "count": "seeds", "reason": "reason"}
    cut = f"The first {SHOWN_FAILURES} of {number(len(sweep.failures))}. "
    page.table(
        columns,
        [dict(failure) for failure in sweep.failures[:SHOWN_FAILURES]],
        f"{cut if len(sweep.failures) > SHOWN_FAILURES else ''}Try again with --retry-failed.",
    )


def _different(frame: Any, column: str) -> list[Any]:
    return [_plain(value) for value in frame[column].dropna().unique().tolist()]


def _versions(text: str) -> str:
    """Libraries as people write them: "numpy 2.4.6, torch 2.13.0"."""
    try:
        return ", ".join(f"{name} {version}" for name, version in json.loads(text).items())
    except (ValueError, AttributeError):
        return str(text)


def _plain(value: Any) -> Any:
    """A value of a frame as Python's own; None for what is unknown."""
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value != value else value
