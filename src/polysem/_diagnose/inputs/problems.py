"""What cannot be assessed, by name: such rows stand in the result table beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class NotAssessable:
    """One neuron, feature or measure without a figure, and why.

    `kind` — what it is; `index` — its place, counted from 0 (−1 for a whole measure); `name` — as
    the user calls it; `reason` — a sentence without its subject.
    """

    kind: Literal["neuron", "feature", "measure"]
    index: int
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: not assessable: {self.reason}"


def not_finite(columns: np.ndarray, kind: Literal["neuron", "feature"], names: tuple[str, ...]):
    """One row for every column with NaN or infinity: columns (rows, columns), floating point."""
    good = np.isfinite(columns)
    found = []
    for k in np.flatnonzero(~good.all(0)):
        first = int(good[:, k].argmin())
        count = int((~good[:, k]).sum())
        verb = "is" if count == 1 else "are"
        found.append(
            NotAssessable(
                kind,
                int(k),
                names[k],
                f"{count} of {len(columns)} values {verb} NaN or infinite, the first at row "
                f"{first} (counted from 0).",
            )
        )
    return found
