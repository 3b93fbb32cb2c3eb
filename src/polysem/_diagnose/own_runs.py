"""Polysem's own runs as networks to diagnose, and their training again for init-caused."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._diagnose.origin.initial import init_caused
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._errors import BadInput


def network_of(run: Any, seed_index: int) -> TiedNetwork:
    """The trained network of one seed of a run; `BadInput` for a seed that is not there."""
    if not 0 <= seed_index < len(run.seeds):
        raise BadInput(
            f"network = {seed_index} is not allowed: this run has networks 0 to "
            f"{len(run.seeds) - 1}."
        )
    return TiedNetwork(run.end[seed_index], run.spec.network.problem)


def caused_by_start(run: Any, seed_index: int, held: dict[int, list[int]]) -> dict[int, bool]:
    """Init-caused for every neuron of `held`, by solving the flow again from changed starts.

    Only for runs of `simulate`, whose training takes seconds; an empty answer for others.
    """
    if run.spec.verb != "simulate" or not held:
        return {}
    from polysem._census.rules import Relative
    from polysem._flow import solve

    def train(starts: np.ndarray) -> np.ndarray:
        spec = run.spec.model_copy(update={"seeds": len(starts)})
        return np.stack([s.end for s in solve(spec, start=starts, workers=1)])

    return init_caused(run.start[seed_index], held, train, Relative().represents)
