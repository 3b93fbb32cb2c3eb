"""Toy Models of Superposition: independent features (strength: how often each is on), no ℓ1."""

from __future__ import annotations

from polysem._diagnose.benchmark.family import Cell, Family, tied_start
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._network.data.bernoulli import Bernoulli
from polysem._network.problem import Problem


def _build(cell: Cell, parameters: Parameters) -> TiedNetwork:
    return TiedNetwork(
        parameters["W"], Problem(0.0, data=Bernoulli(probability=cell.strength, magnitude="one"))
    )


CELLS = (Cell(8, 4, 0.05), Cell(8, 5, 0.1), Cell(8, 6, 0.1), Cell(8, 8, 0.05))
FAMILY = Family("sparse_features", CELLS, _build, tied_start)
