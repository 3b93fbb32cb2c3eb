"""Pairs of features that co-occur now and then (strength: how often)."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.data.k_hot import KHot
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(parameters["W"], Problem(0.01, data=KHot(k=2, probability=cell.strength)))


CELLS = (
    Cell(12, 6, 0.05),
    Cell(12, 7, 0.2),
    Cell(12, 8, 0.05),
    Cell(12, 9, 0.2),
    Cell(12, 12, 0.05),
    Cell(12, 16, 0.2),
)
FAMILY = Family("k_hot", CELLS, _build, tied_start)
