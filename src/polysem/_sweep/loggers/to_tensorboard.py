"""TensorBoard: one scalar per numeric column, counted in finished seeds; files in the folder."""

from __future__ import annotations

import json
from pathlib import Path

from polysem._sweep.loggers import Facts, numbers


class Logger:
    """Writes event files into `folder`/tensorboard."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._begin, self._folder = SummaryWriter, folder / "tensorboard"
        self._rows = 0

    def on_start(self, facts: Facts) -> None:
        """Open a file; the grid is its first text."""
        self._writer = self._begin(str(self._folder))
        self._writer.add_text("sweep", json.dumps(dict(facts)))

    def on_row(self, row: Facts) -> None:
        """One step per row."""
        self._rows += 1
        for name, value in numbers(row).items():
            self._writer.add_scalar(name, value, self._rows)

    def on_end(self, summary: Facts) -> None:
        """Keep the summary and close the file."""
        self._writer.add_text("summary", json.dumps(dict(summary)))
        self._writer.close()
