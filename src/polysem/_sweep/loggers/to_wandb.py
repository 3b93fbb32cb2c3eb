"""Weights & Biases: one run per sweep, one step per finished seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polysem._sweep.loggers import Facts, numbers


class Logger:
    """Sends rows to the project "polysem" of whoever is logged in."""

    def __init__(self, folder: Path) -> None:
        import wandb  # pyright: ignore[reportMissingImports]

        self._wandb, self._folder = wandb, folder
        self._run: Any = None

    def on_start(self, facts: Facts) -> None:
        """Begin a run; the grid is its configuration."""
        self._run = self._wandb.init(
            project="polysem",
            name=self._folder.name,
            dir=str(self._folder),
            config=dict(facts),
        )

    def on_row(self, row: Facts) -> None:
        """One step per row."""
        self._run.log(numbers(row))

    def on_end(self, summary: Facts) -> None:
        """Keep the summary and end the run."""
        self._run.summary.update(dict(summary))
        self._run.finish()
