"""The effect table: every measure of every method, against the plain networks and its sham."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from polysem._census.tables import Table
from polysem._repair.judge.measures import MEASURES, Measure
from polysem._repair.judge.paired import paired

PLAIN = "plain"
KINDS = {
    "method": "text",
    "against": "text",
    "stage": "text",
    "measure": "text",
    "effect": "float",
    "low": "float",
    "high": "float",
    "pairs": "int",
    "mean": "float",
    "mean_against": "float",
    "interval": "text",
}
"""`effect` — mean over pairs of equal seeds of method − against; `low`, `high` — its interval,
unknown with fewer than five pairs; `mean`, `mean_against` — of the two over those pairs."""


def effect_table(
    rows: Table,
    arms: Sequence[Any],
    confidence: float,
    measures: Mapping[str, Measure] = MEASURES,
) -> Table:
    """Paired effects from `rows` (kinds `arm.KINDS`); seeds count where both sides are used."""
    groups = _groups(rows)
    found = [
        effect
        for arm in arms
        if arm.name != PLAIN
        for against in _controls(arm, arms)
        for effect in _contrast(groups, arm.name, against, confidence, measures)
    ]
    return Table.of(KINDS, {name: [row[name] for row in found] for name in KINDS})


def _controls(arm: Any, arms: Sequence[Any]) -> list[str]:
    there = {other.name for other in arms}
    return [PLAIN, *([arm.sham] if arm.sham in there else [])]


def _groups(rows: Table) -> dict[tuple[str, str], dict[int, dict[str, Any]]]:
    """(method, stage) → seed → row, of seeds that are used."""
    found: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
    for row in rows.to_dicts():
        group = found.setdefault((row["method"], row["stage"]), {})
        if row["used"]:
            group[row["seed"]] = row
    return found


def _contrast(
    groups: Any, method: str, against: str, confidence: float, measures: Mapping[str, Measure]
) -> Iterator[dict]:
    for stage in ("end", "after"):
        if (method, stage) not in groups or (against, stage) not in groups:
            continue
        one, other = groups[method, stage], groups[against, stage]
        seeds = sorted(one.keys() & other.keys())
        for name, measure in measures.items():
            a, b = (_column(side, seeds, name) for side in (one, other))
            found = paired(a, b, confidence, measure.whole)
            known = np.isfinite(a - b)
            yield {
                "method": method, "against": against, "stage": stage, "measure": name,
                "effect": found.value,
                "low": found.low if found.known else None,
                "high": found.high if found.known else None,
                "pairs": found.size,
                "mean": _mean(a[known]), "mean_against": _mean(b[known]),
                "interval": found.method,
            }  # fmt: skip


def _column(side: dict[int, dict[str, Any]], seeds: Sequence[int], name: str) -> np.ndarray:
    values = [side[seed][name] for seed in seeds]
    return np.array([np.nan if value is None else float(value) for value in values])


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None
