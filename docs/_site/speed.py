"""The table of speeds, from the stored benchmark: nothing in it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from _site.markdown import plain, table

HEAD = ("way to solve it", "seconds", "times `fast`", "share of winners that differ")


def page(results: Path) -> str:
    """One table per problem."""
    stored = json.loads((results / "flow_precision.json").read_text(encoding="utf-8"))
    machine = stored["machine"]
    parts = [
        f"Seconds to the certified end of the flow, on one core of {plain(machine['cpu'])}, "
        f"Python {machine['python']}, from `benchmarks/results/flow_precision.json`. `>` marks a "
        "solver that was stopped before the end. `make bench` measures again."
    ]
    for name, part in stored["parts"].items():
        n, m, l1 = name.split("x")
        commit = part["conditions"]["commit"][:10]
        parts.append(f"**{n} features, {int(m):,} neurons, λ = {l1}** (commit {commit})")
        parts.append(table(HEAD, [_row(row) for row in part["found"]["rows"]]))
    return "\n\n".join(parts) + "\n"


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    sign = "> " if row.get("at_least") else ""
    differ = row.get("winners_differing")
    return (
        plain(row["method"]),
        f"{sign}{_three(row['seconds'])}",
        f"{sign}{_three(row['ratio_to_fast'])}",
        "–" if differ is None else f"{differ:.1%}",
    )


def _three(value: float) -> str:
    """Three digits that count: 0.365, 402, 4,270."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 1000 else f"{value:.3g}"
