"""Stored results as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks._store import Found
from benchmarks._timing import OUT_OF_TIME


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    )


def number(value: Any, digits: int = 3, sign: str = "") -> str:
    """With so many significant digits and no exponent if it is readable; – if unknown."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    large = abs(value) >= 10 ** (digits - 1)
    return sign + (f"{value:,.0f}" if large else f"{value:.{digits}g}")


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.3g}%"


def precision_table(found: Found) -> str:
    """The work–precision table of one case."""
    head = ("method", "rhs", "seconds", "floor", "×fast", "×tight")
    head += ("winners differ", "error", "error λt=.3", "share run")
    rows = [
        (
            row["method"]
            + (" (gave up)" if row.get("trouble", OUT_OF_TIME) != OUT_OF_TIME else ""),
            number(row["rhs"], 9, bound),
            number(row["seconds"], 3, bound),
            number(row["floor_seconds"]),
            number(row["ratio_to_fast"], 3, bound),
            number(row["ratio_to_tight"], 3, bound),
            percent(row.get("winners_differing")),
            number(row.get("weight_error"), 2),
            number(row.get("weight_error_midway"), 2),
            percent(row["measured_share"]),
        )
        for row in found["rows"]
        for bound in ("≥" if row.get("at_least") else "",)
    ]
    title = f"{found['case']}: to t = {found['t_end']:.0f} ({found['reference_outcome']}), sgemm "
    return f"\n{title}{found['sgemm_rate'] / 1e9:.1f} GF/s\n{columns(head, rows)}"


def flat_table(title: str, rows: Sequence[Found]) -> str:
    """Rows of equal keys."""
    head = list(rows[0])
    cells = [[v if isinstance(v, str) else number(v, 4) for v in row.values()] for row in rows]
    return f"\n{title}\n{columns(head, cells)}"
