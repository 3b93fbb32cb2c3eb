"""What a reader found in a file, and what the user is given and told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from polysem._types import Weights


@dataclass(frozen=True)
class Stored:
    """Arrays as they lie in a file: `end`, and `start` if the file is a Polysem run's weights.

    `key` — the tensor's name, if the format has names. `dtype` — the stored type, if the array
    had to be widened. `notes` — what the reader decided on its own.
    """

    end: np.ndarray
    start: np.ndarray | None = None
    key: str | None = None
    dtype: str | None = None
    notes: tuple[str, ...] = ()

    def name(self, path: Path) -> str:
        """How an error message calls `end`."""
        return f"{path}" if self.key is None else f"Tensor {self.key!r} in {path}"


@dataclass(frozen=True)
class MatrixInfo:
    """What was read: file, tensor name, shape and type as stored, and notes for the user."""

    path: str
    key: str | None
    stored_shape: tuple[int, ...]
    stored_dtype: str
    transposed: bool
    notes: tuple[str, ...] = ()


class MatrixFile(NamedTuple):
    """Weights read from a file.

    `end` — (seeds, n_features, n_neurons). `start` — the same shape, None for anything but a
    Polysem run (whose encodings have unit length: count it with `scale=1`). `info` — what was
    read.
    """

    end: Weights
    start: Weights | None
    info: MatrixInfo
