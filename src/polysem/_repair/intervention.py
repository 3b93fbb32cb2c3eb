"""What every change made to the weights of a network has in common: weights in, weights out.

An intervention never changes the array it is given, and it records all that it moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from polysem._census.tables import Table
from polysem._errors import BadInput
from polysem._types import Weights

MOVED = {"seed": "int", "neuron": "int", "feature": "int", "to_neuron": "int", "kind": "text"}
"""Columns of a record: the feature of `seed` that was on `neuron` is now on `to_neuron` (the same
one if only its weight there changed; unknown if it was taken off, as is `neuron` of a feature that
one has taken up); `kind` — how, in one word."""


@dataclass(frozen=True)
class Intervened:
    """`W` — the weights afterwards, (seeds, n_features, n_neurons); `moved` — the record."""

    W: Weights
    moved: Table


class Intervention(Protocol):
    """A change of weights that is the same in Python, in claims and on the command line."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    def apply(self, W: Weights, seeds: Sequence[int] | None = None) -> Intervened:
        """Change (seeds, n_features, n_neurons) or one (n_features, n_neurons) network.

        `seeds` — their labels in the record, 0, 1, … by default. The result has three axes always.
        Raises `BadInput` for what cannot be changed so; nothing is changed then.
        """
        ...


def as_batch(W: Any, seeds: Sequence[int] | None = None) -> tuple[Weights, list[int]]:
    """A copy of W as (seeds, n_features, n_neurons), with the seeds' labels.

    Raises `BadInput` for other shapes, no numbers, or as many labels as there are not networks.
    """
    array = np.asarray(W)
    if array.ndim not in (2, 3) or 0 in array.shape or array.dtype.kind not in "fiu":
        raise BadInput(
            f"Weights have shape {array.shape} and type {array.dtype}; real numbers of shape "
            "(seeds, n_features, n_neurons) or (n_features, n_neurons) are needed."
        )
    batch = array[None] if array.ndim == 2 else array
    batch = batch.astype(batch.dtype if batch.dtype.kind == "f" else np.float64)  # a copy, always
    labels = list(range(len(batch))) if seeds is None else [int(seed) for seed in seeds]
    if len(labels) != len(batch):
        raise BadInput(f"{len(labels)} seeds were named for {len(batch)} networks; name each once.")
    return batch, labels


def record(rows: Iterable[Mapping[str, Any]]) -> Table:
    """A record from one mapping per moved feature; what is not said of it is unknown."""
    listed = list(rows)
    return Table.of(MOVED, {name: [row.get(name) for row in listed] for name in MOVED})
