"""Networks that the final-state score is fitted on: many, labelled by the live test alone.

The live test takes a quarter of a full labelling and tells the truth with an AUC above 0.99, so
many more networks can be labelled by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from polysem._diagnose.benchmark.family import Cell, Family
from polysem._diagnose.benchmark.folder import kept_cell
from polysem._diagnose.benchmark.truth import Labelled, label_cell, measure_score
from polysem._diagnose.origin.network import Rewirable
from polysem._errors import BadInput

Progress = Callable[[float, float, str], None]
FIRST_SEED = 100_000
"""Seed of the first of these networks in every cell; no others have theirs."""
TOGETHER = 8
"""Networks of a cell that are trained together and kept in one file."""


def check_apart(first_seed: int, networks: int, fitted: int) -> None:
    """Raise `BadInput` if networks of the truth would also be among the `fitted` ones."""
    if fitted and first_seed < FIRST_SEED + fitted and first_seed + networks > FIRST_SEED:
        raise BadInput(
            f"Seeds {first_seed} to {first_seed + networks - 1} overlap with those that the "
            f"final-state score is fitted on, {FIRST_SEED} to {FIRST_SEED + fitted - 1}; take "
            "another --seed."
        )


def label_for_fit(
    families: Sequence[Family], networks: int, progress: Progress | None, store: Path
) -> Labelled:
    """Neurons of `networks` networks in each cell, with the cost that the live test measures.

    Finished parts are kept in the folder `store` and not made again.
    """
    found, last = Labelled(), FIRST_SEED + networks
    parts = [
        (family, cell, range(first, min(first + TOGETHER, last)))
        for first in range(FIRST_SEED, last, TOGETHER)
        for family in families
        for cell in family.cells
    ]
    for done, (family, cell, seeds) in enumerate(parts):
        name = f"{family.name} {cell.words()} seeds={seeds[0]}+{len(seeds)}"
        if progress is not None:
            progress(done, len(parts), f"to fit on: {name}")
        file = store / f"{name}.json".replace(" ", "_")
        found.add(kept_cell(file, partial(_label, family, cell, seeds)))
    return found


def _label(family: Family, cell: Cell, seeds: range) -> Labelled:
    return label_cell(family, cell, seeds, label_cheaply)


def label_cheaply(network: Rewirable, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per neuron, as `truth.label_network` gives them, without the truth."""
    return [facts | {"neuron": r.neuron, "score": r.cost} for r in measure_score(network)]
