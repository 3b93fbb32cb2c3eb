"""Printing results: JSON for machines on standard output, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

Row = Mapping[str, Any]
WIDE = 200


def as_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output; raises if it holds a NaN, which is not JSON."""
    typer.echo(json.dumps(value, allow_nan=False))


def table(title: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A table for people on standard output."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        drawn.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        drawn.add_row(*(Text(cell(row.get(name))) for name in columns))  # no markup in names
    console = Console()
    if not console.is_terminal:  # a pipe or a log has no width: never cut a column off
        console = Console(width=WIDE)
    console.print(drawn)


def cell(value: Any) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def warn(sentences: Iterable[str]) -> None:
    """Loud warnings, on standard error."""
    for sentence in sentences:
        typer.secho(f"WARNING: {sentence}", fg="red", bold=True, err=True)


def note(sentence: str) -> None:
    """A remark that is not part of the result, on standard error."""
    print(sentence, file=sys.stderr)
