"""What to record over time, and when. Recording never changes a solution.

States are recorded at the ends of accepted steps, the first at or after each wanted time, with
the time they really have; so a denser recording sees more of the same trajectory.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from polysem._config import Config, unknown_name
from polysem._flow.statistics import PAIR_FORCES, RECORDABLE, STATISTICS, WEIGHTS
from polysem._network import Problem
from polysem._types import Weights

Pair = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class RecordOptions(Config):
    """What to keep over time.

    `what` — names from `RECORDABLE`: per-feature statistics (l1_norm, m_prime, norm,
    fourth_norm, relative_variance), network numbers (loss, max_overlap), "pair_forces" (weights
    and the three forces of the features in `pair` on the neuron they contest) and "weights"
    (snapshots of W: n·m numbers each).
    `per_decade` — recorded times per factor of 10 in time, from `first` on; the start and the end
    are always recorded. `every` — a fixed spacing instead.
    """

    what: tuple[str, ...] = ("l1_norm", "m_prime", "norm", "fourth_norm", "loss")
    pair: Pair | None = None
    per_decade: Annotated[int, Field(ge=1, le=10_000)] = 12
    first: Annotated[float, Field(gt=0)] = 0.1
    every: Annotated[float, Field(gt=0)] | None = None

    @field_validator("what")
    @classmethod
    def _known(cls, what: tuple[str, ...]) -> tuple[str, ...]:
        for name in what:
            if name not in RECORDABLE:
                raise ValueError(unknown_name(name, list(RECORDABLE), "record name").rstrip("."))
        return tuple(dict.fromkeys(what))

    @model_validator(mode="after")
    def _pair_where_needed(self) -> Self:
        if PAIR_FORCES in self.what and self.pair is None:
            raise ValueError("pair_forces needs pair, two features such as (0, 1)")
        if self.pair is not None and self.pair[0] == self.pair[1]:
            raise ValueError(f"pair must be two different features, not {self.pair}")
        return self


class TrajectoryRecorder:
    """Keeps the chosen statistics of one seed; the `Recorder` that solves use.

    `finish` gives "t": (times,) and one array per name with time as its first axis.
    """

    def __init__(self, options: RecordOptions, problem: Problem) -> None:
        self.options = options
        self.problem = problem
        self._kept: dict[str, list[np.ndarray]] = defaultdict(list)
        self._next = 0.0
        self._neuron: int | None = None

    def wants(self, t: float) -> bool:
        """True if time t is due."""
        return bool(self.options.what) and t >= self._next

    def offer(self, t: float, W: Weights) -> None:
        """Record the state W: (n_features, n_neurons) at time t if it is due."""
        if self.wants(t):
            self._keep(t, W)
            self._next = self._after(t)

    def finish(self, t: float, W: Weights) -> dict[str, np.ndarray]:
        """Record the end unless it was just recorded, and hand over the arrays."""
        if self.options.what and (not self._kept["t"] or self._kept["t"][-1] < t):
            self._keep(t, W)
        return {name: np.stack(values) for name, values in self._kept.items() if values}

    def _after(self, t: float) -> float:
        """The first wanted time after t."""
        if self.options.every is not None:
            return (np.floor(t / self.options.every + 1e-9) + 1) * self.options.every
        if t < self.options.first:
            return self.options.first
        step = np.floor(self.options.per_decade * np.log10(t / self.options.first) + 1e-9) + 1
        return self.options.first * 10 ** (step / self.options.per_decade)

    def _keep(self, t: float, W: Weights) -> None:
        self._kept["t"].append(np.asarray(float(t)))
        for name in self.options.what:
            if name == WEIGHTS:
                self._kept[name].append(W.copy())
            elif name == PAIR_FORCES:
                self._keep_pair(W)
            else:
                self._kept[name].append(np.asarray(STATISTICS[name](W, self.problem)))

    def _keep_pair(self, W: Weights) -> None:
        """Weights and forces of the chosen pair on the neuron that both hold most strongly."""
        assert self.options.pair is not None  # validated by RecordOptions
        i, j = self.options.pair
        if self._neuron is None:
            self._neuron = int(np.minimum(np.abs(W[i]), np.abs(W[j])).argmax())
        k = self._neuron
        terms = {
            "weight": W,
            "feature_benefit": self.problem.feature_benefit(W),
            "interference": self.problem.interference(W),
            "regularisation": self.problem.regularisation(W),
        }
        for label, value in terms.items():
            self._kept[f"pair_{label}"].append(np.array([value[i, k], value[j, k]]))
        self._kept["pair_neuron"].append(np.asarray(k))
