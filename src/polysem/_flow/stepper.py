"""The contract between the flow's face and the methods that move the weights.

A stepper is a function `(W0, problem, options, recorder) -> SeedSolution` for one seed. It works
on a private copy, calls `recorder.offer(t, W)` after accepted steps, never raises for numerical
trouble and returns an `Outcome` instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from polysem._flow.certificate import Certificate
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._network import Problem
from polysem._types import Weights


@dataclass(frozen=True)
class SeedSolution:
    """The end of one seed.

    `end` — final weights (n_features, n_neurons) with exact zeros.
    `t` — flow time reached. `steps`, `rhs_evaluations` — work done. `wall_seconds` — the solve
    alone. `trajectory` — name → (times, …) arrays, always with "t". `method` — what solved it.
    `differing_winners` — with `check`, the features whose winner a finer solve changes.
    """

    outcome: Outcome
    end: Weights
    t: float
    steps: int
    rhs_evaluations: int
    wall_seconds: float
    certificate: Certificate
    method: str
    trajectory: Mapping[str, np.ndarray] = field(default_factory=dict)
    differing_winners: tuple[int, ...] | None = None


class Recorder(Protocol):
    """Keeps what was asked for over time. Recording never changes a solution."""

    def wants(self, t: float) -> bool:
        """True if the state at time `t`, the end of an accepted step, should be offered."""
        ...

    def offer(self, t: float, W: Weights) -> None:
        """Record statistics of the dense state W at time t (if wanted; copies what it keeps)."""
        ...

    def finish(self, t: float, W: Weights) -> Mapping[str, np.ndarray]:
        """Record the end state and hand over the arrays, each with time as its first axis."""
        ...


Stepper = Callable[[Weights, Problem, FlowOptions, Recorder], SeedSolution]


class Budget:
    """Flow time, steps and seconds that a solve may spend, checked once a step."""

    def __init__(self, options: FlowOptions, problem: Problem, n: int) -> None:
        self.t_max = options.time_budget(problem.slowest(n))
        self.max_steps = options.max_steps
        self.max_seconds = options.max_seconds
        self.started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since the solve began."""
        return time.perf_counter() - self.started

    def exceeded(self, t: float, steps: int) -> Outcome | None:
        """The outcome that names the first budget spent, or None while there is some left."""
        if t >= self.t_max:
            return Outcome.TIME_LIMIT
        if self.max_steps is not None and steps >= self.max_steps:
            return Outcome.STEP_LIMIT
        if self.max_seconds is not None and self.seconds >= self.max_seconds:
            return Outcome.SECONDS_LIMIT
        return None
