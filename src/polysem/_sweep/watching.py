"""Telling progress displays and loggers where a sweep stands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from polysem._errors import RunFailed, one_line
from polysem._sweep import loggers
from polysem._sweep.cells import Cell
from polysem._sweep.engine import Item
from polysem._sweep.grid import Grid
from polysem._sweep.loggers import SweepLogger
from polysem._sweep.plan import Missing
from polysem._sweep.sealed import Damaged, read_sealed
from polysem._sweep.store import MANY, PARTS, Store
from polysem._sweep.tally import Tally


class Watching:
    """Made before a sweep runs; called after each task with its tally and the parts just stored."""

    def __init__(
        self,
        store: Store,
        grid: Grid,
        cells: Sequence[Cell],
        told: Sequence[SweepLogger],
        progress: Callable[[Tally], None] | None,
    ) -> None:
        self._store, self._grid, self._cells = store, grid, cells
        self._loggers, self._progress = list(told), progress
        self.tally = Tally(len(cells), sum(cell.count for cell in cells))

    def begin(self, missing: Sequence[Missing], skipped: Sequence[Item]) -> Tally:
        """Count what is there already and tell the loggers that the sweep begins."""
        tally = self.tally
        unfinished = {entry.item.cell for entry in missing} | {item.cell for item in skipped}
        tally.cells_done = tally.cells_total - len(unfinished)
        absent = sum(entry.item.count for entry in missing) + sum(item.count for item in skipped)
        tally.seeds_done = tally.seeds_total - absent
        tally.failed_before = len(skipped)
        facts = {
            "folder": str(self._store.folder),
            "grid": self._grid.model_dump(mode="json"),
            "cells": tally.cells_total,
            "seeds": tally.seeds_total,
        }
        for logger in self._loggers:
            _begun(logger, facts)
        if self._progress is not None:
            self._progress(tally)
        return tally

    def __call__(self, tally: Tally, stored: Sequence[str]) -> None:
        """A task came back."""
        if self._progress is not None:
            self._progress(tally)
        for name in stored if self._loggers else ():
            for row in self._rows(name):
                self._tell("on_row", row)

    def end(self) -> None:
        """The sweep has ended, one way or the other."""
        self._tell("on_end", self.tally.summary())

    def _tell(self, event: str, facts: Mapping[str, object]) -> None:
        """Tell every logger. One that fails costs a remark, not the sweep, and hears no more."""
        for logger in list(self._loggers):
            try:
                getattr(logger, event)(facts)
            except Exception as error:
                self._loggers.remove(logger)
                remark = f"The logger {_name(logger)} failed and is told no more: {error!r}."
                print(one_line(remark), file=sys.stderr, flush=True)

    def _rows(self, name: str) -> list[dict[str, object]]:
        """The rows of a part; it may have been joined with others in the meantime."""
        try:
            return read_sealed(self._store.path(PARTS, name)).to_pylist()
        except (FileNotFoundError, Damaged):
            cell = name.partition("_")[0]
            names = (n for n in self._store.listing(PARTS) if n.startswith(MANY))
            tables = (read_sealed(self._store.path(PARTS, n)) for n in names)
            rows = (row for table in tables for row in table.to_pylist())
            return [row for row in rows if row["cell"] == cell]


def _begun(logger: SweepLogger, facts: Mapping[str, object]) -> None:
    """Begin, before anything is computed. Raises `RunFailed` if the logger cannot."""
    try:
        logger.on_start(facts)
    except Exception as error:
        raise RunFailed(
            one_line(
                f"The logger {_name(logger)} cannot begin ({error!r}); mend that, or sweep without "
                "it. Nothing was computed."
            )
        ) from error


def _name(logger: SweepLogger) -> str:
    """The module of one of ours, the class of another."""
    kind = type(logger)
    ours = kind.__module__.startswith(loggers.__name__)
    return kind.__module__.rpartition(".to_")[2] if ours else kind.__qualname__
