"""The base model, from m = n/2, where purity costs a feature, to m = n² (strength: λ)."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(parameters["W"], Problem(cell.strength))


CELLS = (
    Cell(12, 6, 0.01),
    Cell(12, 7, 0.01),
    Cell(12, 8, 0.01),
    Cell(12, 12, 0.01),
    Cell(12, 24, 0.01),
    Cell(6, 36, 0.02),
    Cell(32, 18, 0.01),
    Cell(24, 48, 0.01),
    Cell(40, 80, 0.01),
)
FAMILY = Family("base", CELLS, _build, tied_start)
