"""Two hidden ReLU layers; the second is diagnosed, by what leads out (strength: λ there)."""

from __future__ import annotations

import torch

from polysem._diagnose.benchmark.families.two_hidden_first import start
from polysem._diagnose.benchmark.family import Cell, Family
from polysem._diagnose.origin.enumerated import SECOND_OF_TWO, EnumeratedNetwork, two_hidden
from polysem._diagnose.origin.network import Parameters


def _build(cell: Cell, parameters: Parameters) -> EnumeratedNetwork:
    x, ones = torch.eye(cell.n), torch.ones(cell.n)
    layer = SECOND_OF_TWO
    return EnumeratedNetwork(
        parameters, two_hidden, layer.wires, x, x, ones, cell.strength, layer.beside
    )


CELLS = (Cell(10, 4, 0.005), Cell(10, 5, 0.005), Cell(10, 8, 0.005), Cell(10, 12, 0.005))
FAMILY = Family("two_hidden_second", CELLS, _build, start)
