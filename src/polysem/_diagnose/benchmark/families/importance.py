"""Importances that decay (strength: the ratio of one to the next)."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.per_feature import Geometric
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(parameters["W"], Problem(0.01, importance=Geometric(ratio=cell.strength)))


CELLS = (Cell(12, 6, 0.8), Cell(12, 7, 0.9), Cell(12, 12, 0.8))
FAMILY = Family("importance", CELLS, _build, tied_start)
