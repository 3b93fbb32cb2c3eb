"""Telling progress displays and loggers where a sweep stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
        loggers: Sequence[SweepLogger],
        progress: Callable[[Tally], None] | None,
    ) -> None:
        self._store, self._grid, self._cells = store, grid, cells
        self._loggers, self._progress = loggers, progress
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
            logger.on_start(facts)
        if self._progress is not None:
            self._progress(tally)
        return tally

    def __call__(self, tally: Tally, stored: Sequence[str]) -> None:
        """A task came back."""
        if self._progress is not None:
            self._progress(tally)
        for name in stored if self._loggers else ():
            for row in self._rows(name):
                for logger in self._loggers:
                    logger.on_row(row)

    def end(self) -> None:
        """The sweep has ended, one way or the other."""
        for logger in self._loggers:
            logger.on_end(self.tally.summary())

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
