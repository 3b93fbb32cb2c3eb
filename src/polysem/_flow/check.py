"""`check`: solve again, more accurately, and name the features whose winner changes.

Where two neurons are nearly tied for a feature, as is common at m ≈ n and small λ, any finite
accuracy may settle the tie the other way. So agreement is measured, not promised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from polysem._flow.kept import Kept
from polysem._flow.options import FINEST, FLOAT32_FLOOR, FlowOptions
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.stepper import SeedSolution, Stepper
from polysem._network import Problem
from polysem._types import Weights

FACTOR = 5.0  # between the two tolerances, at least


def finer(options: FlowOptions) -> FlowOptions:
    """The same settings at the second tolerance; in float64 where float32 would not do."""
    # "fast" is at least FACTOR times looser than "tight", by which it is checked
    factor = {"fast": FACTOR, "tight": 1.0}.get(str(options.accuracy)) or float(options.accuracy)
    wanted = max(factor / FACTOR, FINEST)
    dtype = options.dtype if wanted >= FLOAT32_FLOOR else "float64"
    changes = {"accuracy": wanted, "dt": options.dt / FACTOR, "dtype": dtype}
    return FlowOptions(**{**options.model_dump(), **changes})


def checked_solution(
    solution: SeedSolution,
    start: Callable[[], Weights],
    problem: Problem,
    options: FlowOptions,
    stepper: Stepper,
) -> SeedSolution:
    """`solution` with the features on which a finer solve of the same seed, from start(), differs.

    Meanwhile its end is kept as a list of weights, so that it takes no room from the second solve.
    """
    nothing = TrajectoryRecorder(RecordOptions(what=()), problem)
    first, end = winners(solution.end), Kept(solution.end)
    solution = replace(solution, end=np.empty((0, 0), solution.end.dtype))
    second = stepper(start(), problem, finer(options), nothing)
    differing = np.flatnonzero(first != winners(second.end))
    return replace(
        solution,
        end=end.state(),
        differing_winners=tuple(int(i) for i in differing),
        wall_seconds=solution.wall_seconds + second.wall_seconds,
    )


def winners(W: Weights) -> np.ndarray:
    """The neuron of each feature's largest |weight|, −1 for a dead feature: (n_features,)."""
    size = np.abs(W)
    return np.where(size.any(-1), size.argmax(-1), -1)
