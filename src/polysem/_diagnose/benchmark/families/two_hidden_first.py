"""Two hidden ReLU layers; the first is diagnosed, by what leads in (strength: λ there)."""

from __future__ import annotations

import torch

from polysem._diagnose.benchmark.family import Cell, Family, dense
from polysem._diagnose.origin.enumerated import FIRST_OF_TWO, EnumeratedNetwork, two_hidden
from polysem._diagnose.origin.network import Parameters


def start(cell: Cell, generator: torch.Generator) -> Parameters:
    """Random weights of both layers, each with m neurons."""
    return {
        "encoder": dense(cell.n, cell.m, generator),
        "middle": dense(cell.m, cell.m, generator),
        "decoder": dense(cell.m, cell.n, generator),
        "bias": torch.full((cell.m,), 0.1),
        "bias2": torch.full((cell.m,), 0.1),
        "out_bias": torch.full((cell.n,), 0.3),  # every output starts alive
    }


def _build(cell: Cell, parameters: Parameters) -> EnumeratedNetwork:
    x, ones = torch.eye(cell.n), torch.ones(cell.n)
    layer = FIRST_OF_TWO
    return EnumeratedNetwork(
        parameters, two_hidden, layer.wires, x, x, ones, cell.strength, layer.beside
    )


CELLS = (Cell(10, 4, 0.005), Cell(10, 5, 0.005), Cell(10, 8, 0.005), Cell(10, 12, 0.005))
FAMILY = Family("two_hidden_first", CELLS, _build, start)
