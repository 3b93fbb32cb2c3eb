"""Untied ReLU autoencoder with biases, one-hot data (strength: λ on both sides' weights)."""

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
    x = torch.eye(cell.n)
    return EnumeratedNetwork(
        parameters,
        untied("relu"),
        UNTIED_WIRES,
        x,
        x.abs(),
        torch.ones(cell.n),
        cell.strength,
        UNTIED_BESIDE,
    )


CELLS = (
    Cell(10, 5, 0.005),
    Cell(10, 6, 0.005),
    Cell(10, 8, 0.005),
    Cell(10, 10, 0.01),
    Cell(10, 16, 0.005),
    Cell(24, 48, 0.005),
)
FAMILY = Family("untied", CELLS, _build, _start)
