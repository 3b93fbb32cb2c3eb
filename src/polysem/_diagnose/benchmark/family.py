"""What a family of networks is: cells, and how the networks of a cell are trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, joined
from polysem._diagnose.origin.retrain import Horizon, retrain

TRAINING = Horizon(steps=1500, rate=0.01, jitter=0.0)
"""How every network of the benchmark is trained, from its random start."""


@dataclass(frozen=True)
class Cell:
    """One setting of a family: n features, m neurons, and its own number (`strength`)."""

    n: int
    m: int
    strength: float = 0.0

    def words(self) -> str:
        """The cell in a few words."""
        return f"n={self.n} m={self.m} strength={self.strength:g}"


@dataclass(frozen=True)
class Family:
    """A kind of network. `cells` — easy and ambiguous ones.

    `build(cell, parameters)` — the network with these weights; `start(cell, generator)` — random
    initial weights.
    """

    name: str
    cells: tuple[Cell, ...]
    build: Callable[[Cell, Parameters], Rewirable]
    start: Callable[[Cell, torch.Generator], Parameters]


def train_cell(family: Family, cell: Cell, seeds: range) -> list[Any]:
    """Trained networks of a cell, one per seed, all trained together."""
    starts = [family.start(cell, torch.Generator().manual_seed(seed)) for seed in seeds]
    blank = family.build(cell, starts[0])
    ends = retrain(blank, joined(starts), None, TRAINING, seed=0)
    return [
        family.build(cell, {name: v[i].detach().clone() for name, v in ends.items()})
        for i in range(len(starts))
    ]


def tied_start(cell: Cell, generator: torch.Generator) -> Parameters:
    """W ~ N(0, 1/m), the paper's start."""
    return {"W": torch.randn(cell.n, cell.m, generator=generator) / cell.m**0.5}


def dense(rows: int, columns: int, generator: torch.Generator) -> torch.Tensor:
    """N(0, 1/rows) weights that lead from `rows` units to `columns`."""
    return torch.randn(rows, columns, generator=generator) / rows**0.5
