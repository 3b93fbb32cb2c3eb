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
    """Init-caused for every neuron of `held`, by training again from changed starts.

    A run of `simulate` solves the flow again; one of `train` takes the same steps with the same
    optimiser, noise and batches.
    """
    if not held:
        return {}
    from polysem._census.rules import Relative

    def again(starts: np.ndarray) -> np.ndarray:
        if run.spec.verb == "train":
            return _trained(run, run.seeds[seed_index], starts)
        return _solved(run, starts)

    return init_caused(run.start[seed_index], held, again, Relative().represents)


def _solved(run: Any, starts: np.ndarray) -> np.ndarray:
    from polysem._flow import solve

    spec = run.spec.model_copy(update={"seeds": len(starts)})
    return np.stack([s.end for s in solve(spec, start=starts, workers=1)])


def _trained(run: Any, seed: int, starts: np.ndarray) -> np.ndarray:
    from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
    from polysem._train.train import train_seeds

    problem, nothing = run.spec.network.problem, RecordOptions(what=())
    seeds = [seed] * len(starts)  # each with the noise of the network's own
    ends = train_seeds(
        starts,
        problem,
        run.spec.train,
        lambda: TrajectoryRecorder(nothing, problem),
        seeds=seeds,
        workers=1,
    )
    return np.stack([one.end for one in ends])
