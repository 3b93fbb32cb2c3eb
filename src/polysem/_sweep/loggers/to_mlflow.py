"""MLflow: one run per sweep, one step per finished seed."""

from __future__ import annotations

import json
from pathlib import Path

from polysem._sweep.loggers import Facts, numbers


class Logger:
    """Logs to the tracking server that MLflow is set up for."""

    def __init__(self, folder: Path) -> None:
        import mlflow  # pyright: ignore[reportMissingImports]

        self._mlflow, self._folder = mlflow, folder
        self._rows = 0

    def on_start(self, facts: Facts) -> None:
        """Begin a run; facts are parameters, what is nested becomes JSON."""
        self._mlflow.start_run(run_name=self._folder.name)
        self._mlflow.log_params({name: _plain(value) for name, value in facts.items()})

    def on_row(self, row: Facts) -> None:
        """One step per row."""
        self._rows += 1
        self._mlflow.log_metrics(numbers(row), step=self._rows)

    def on_end(self, summary: Facts) -> None:
        """Numbers of the summary are metrics; the run ends."""
        self._mlflow.log_metrics(numbers(summary))
        self._mlflow.end_run()


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list) else value
