"""Loggers: who else is told of a sweep. Each needs its own package, imported only if asked for.

A logger has `on_start(facts)`, `on_row(row)` for every finished cell and seed, and
`on_end(summary)`; facts, rows and summaries are mappings of plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from polysem._config import unknown_name
from polysem._errors import BadInput

Facts = Mapping[str, Any]
BUILT_IN = ("tensorboard", "wandb", "mlflow")


class SweepLogger(Protocol):
    """Somebody who is told of a sweep."""

    def on_start(self, facts: Facts) -> None:
        """The sweep begins: folder, grid, counts of cells and seeds."""
        ...

    def on_row(self, row: Facts) -> None:
        """One seed of one cell is finished: its row of the table."""
        ...

    def on_end(self, summary: Facts) -> None:
        """The sweep has ended: counts, failures, seconds."""
        ...


def loggers_of(
    given: str | SweepLogger | Sequence[str | SweepLogger] | None, folder: Path
) -> list[SweepLogger]:
    """Loggers from names or objects. Raises `BadInput` for an unknown name or a missing package."""
    if given is None:
        return []
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return [_named(one, folder) if isinstance(one, str) else one for one in several]


def _named(name: str, folder: Path) -> SweepLogger:
    if name not in BUILT_IN:
        raise BadInput(unknown_name(name, list(BUILT_IN), "logger"))
    module = import_module(f"polysem._sweep.loggers.to_{name}")
    try:
        return module.Logger(folder)
    except ImportError as error:
        raise BadInput(
            f"--log {name} needs a package that is not installed ({error}): "
            f"pip install 'polysem[{name}]'."
        ) from None


def numbers(row: Facts) -> dict[str, float]:
    """The numeric columns of a row that are known."""
    return {
        name: float(value)
        for name, value in row.items()
        if isinstance(value, int | float) and name != "seed"
    }
