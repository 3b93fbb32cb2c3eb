"""Absolute values of ± one-hot inputs through ReLU: two neurons a feature (strength: λ)."""

from __future__ import annotations

import torch

from polysem._diagnose.benchmark.family import Cell, Family, dense
from polysem._diagnose.origin.enumerated import (
    UNTIED_BESIDE,
    UNTIED_WIRES,
    EnumeratedNetwork,
    untied,
)
from polysem._diagnose.origin.network import Parameters


def _start(cell: Cell, generator: torch.Generator) -> Parameters:
    return {
        "encoder": dense(cell.n, cell.m, generator),
        "decoder": dense(cell.m, cell.n, generator),
        "bias": torch.full((cell.m,), 0.1),
        "out_bias": torch.full((cell.n,), 0.3),  # every output starts alive
    }


def _build(cell: Cell, parameters: Parameters) -> EnumeratedNetwork:
    x = torch.cat([torch.eye(cell.n), -torch.eye(cell.n)])
    return EnumeratedNetwork(
        parameters,
        untied("relu"),
        UNTIED_WIRES,
        x,
        x.abs(),
        torch.full((2 * cell.n,), 0.5),
        cell.strength,
        UNTIED_BESIDE,
    )


CELLS = (Cell(8, 8, 0.002), Cell(8, 12, 0.002), Cell(8, 16, 0.002), Cell(8, 24, 0.002))
FAMILY = Family("absolute", CELLS, _build, _start)
