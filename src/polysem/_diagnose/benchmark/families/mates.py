"""Features with a mate each, on together now and then (strength: how often)."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.data.partners import Partners
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(parameters["W"], Problem(0.01, data=Partners(probability=cell.strength)))


CELLS = (
    Cell(12, 6, 0.1),
    Cell(12, 8, 0.1),
    Cell(12, 12, 0.3),
    Cell(12, 20, 0.3),
    Cell(12, 20, 0.7),
    Cell(24, 48, 0.3),
)
FAMILY = Family("mates", CELLS, _build, tied_start)
