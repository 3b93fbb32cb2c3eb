"""The base model without ℓ1: dense, with no privileged basis (strength unused)."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(parameters["W"], Problem(cell.strength))


CELLS = (Cell(12, 6), Cell(12, 8), Cell(12, 12))
FAMILY = Family("no_penalty", CELLS, _build, tied_start)
