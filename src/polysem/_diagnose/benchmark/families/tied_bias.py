"""Toy Models' own network, x̂ = ReLU(W Wᵀ x + b), on pairs that co-occur (strength: λ).

Kept for the test: no threshold and no calibration has seen it.
"""

from __future__ import annotations

import torch

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.enumerated import EnumeratedNetwork
from polysem._diagnose.origin.network import Parameters, Wire

TOGETHER = 0.1


def _forward(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ p["W"] @ p["W"].mT + p["out_bias"][:, None])


def _start(cell: Cell, generator: torch.Generator) -> Parameters:
    return tied_start(cell, generator) | {"out_bias": torch.zeros(cell.n)}


def _build(cell: Cell, parameters: Parameters) -> EnumeratedNetwork:
    single = torch.eye(cell.n)
    first, second = torch.combinations(torch.arange(cell.n)).T
    x = torch.cat([single, single[first] + single[second]])
    counts = torch.full((len(x),), 1 - TOGETHER)
    counts[cell.n :] = TOGETHER * cell.n / len(first)
    return EnumeratedNetwork(
        parameters, _forward, (Wire("W"),), x, x, counts, cell.strength, linear=True
    )


CELLS = (Cell(9, 5, 0.01), Cell(9, 6, 0.01), Cell(9, 7, 0.01), Cell(9, 12, 0.01))
FAMILY = Family("tied_bias", CELLS, _build, _start)
