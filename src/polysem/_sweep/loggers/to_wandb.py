"""Weights & Biases: one run per sweep, one step per finished seed."""

from __future__ import annotations

from pathlib import Path

from polysem._sweep.loggers import Facts, numbers


class Logger:
    """Sends rows to the project "polysem" of whoever is logged in."""

    def __init__(self, folder: Path) -> None:
        import wandb  # pyright: ignore[reportMissingImports]

        self._run = wandb.init(project="polysem", name=folder.name, dir=str(folder))

    def on_start(self, facts: Facts) -> None:
        """The grid is the run's configuration."""
        self._run.config.update(dict(facts))

    def on_row(self, row: Facts) -> None:
        """One step per row."""
        self._run.log(numbers(row))

    def on_end(self, summary: Facts) -> None:
        """Keep the summary and end the run."""
        self._run.summary.update(dict(summary))
        self._run.finish()
