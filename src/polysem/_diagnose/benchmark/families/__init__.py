"""One small file per family; all of them in order."""

from __future__ import annotations

from polysem._diagnose.benchmark.families import (
    absolute,
    base,
    importance,
    k_hot,
    mates,
    no_penalty,
    noise,
    sparse_features,
    tied_bias,
    two_hidden_first,
    two_hidden_second,
    untied,
)
from polysem._diagnose.benchmark.family import Cell, Family

FAMILIES = tuple(
    module.FAMILY
    for module in (
        base,
        k_hot,
        sparse_features,
        importance,
        no_penalty,
        untied,
        absolute,
        mates,
        noise,
        two_hidden_first,
        two_hidden_second,
    )
)
"""What the calibration is made from."""
FRESH = (tied_bias.FAMILY,)
"""Never used for design or calibration: the test's alone."""


def cell_called(name: str) -> tuple[Family, Cell]:
    """The family and the cell of a name as `Cell.words` and the family's name give it."""
    every = ((family, cell) for family in FAMILIES + FRESH for cell in family.cells)
    return next((f, c) for f, c in every if f"{f.name} {c.words()}" == name)
