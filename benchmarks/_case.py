"""A problem to solve, Polysem's own ways to solve it, and how far another answer is off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from polysem import flow
from polysem._network.spec import NetworkSpec

REFERENCE = {"accuracy": 0.01, "dtype": "float64"}  # a hundredth of the tight tolerance
MIDWAY = 0.3  # in units of λt: most weights have died, no winner is decided for good


@dataclass(frozen=True)
class Case:
    """n features, m neurons, λ = `l1`, and the seed of the start."""

    n: int
    m: int
    l1: float
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From '256x1024x0.01'."""
        n, m, l1 = text.split("x")
        return cls(int(n), int(m), float(l1))

    @property
    def name(self) -> str:
        return f"{self.n}x{self.m}x{self.l1:g}"

    @property
    def midway(self) -> float:
        """Flow time at which the way is compared."""
        return MIDWAY / self.l1

    def start(self) -> np.ndarray:
        return NetworkSpec(n=self.n, m=self.m, l1=self.l1).start(self.seed)

    def solve(self, **settings: Any) -> flow.SeedSolution:
        """Solve through the public door, recording nothing; settings as of `FlowOptions`."""
        spec = flow.SimulateSpec(
            network=NetworkSpec(n=self.n, m=self.m, l1=self.l1),
            seed=self.seed,
            record=flow.RecordOptions(what=()),
        )
        return flow.solve(spec, workers=1, **settings)[0]


@dataclass(frozen=True)
class Reference:
    """The answer that others are measured against: state midway, end state and its time."""

    midway: np.ndarray
    end: np.ndarray
    t_end: float
    outcome: str

    @classmethod
    def of(cls, case: Case) -> Self:
        midway = case.solve(**REFERENCE, t_max=case.midway)
        end = case.solve(**REFERENCE)
        return cls(midway.end, end.end, end.t, str(end.outcome))

    def errors_at_end(self, W: np.ndarray) -> dict[str, float]:
        """Share of features whose winner differs, and the largest weight error."""
        W = thresholded(W)
        return {
            "winners_differing": float((winners(W) != winners(self.end)).mean()),
            "weight_error": float(np.abs(W - self.end).max()),
        }

    def error_midway(self, W: np.ndarray) -> dict[str, float]:
        """Largest weight error at λt = 0.3, where every weight still counts."""
        return {"weight_error_midway": float(np.abs(W - self.midway).max())}


def thresholded(W: np.ndarray) -> np.ndarray:
    """W without weights of at most half their row's norm, as solvers never reach exact zeros.

    Leaves an exact end state as it is.
    """
    norms = np.sqrt((W**2).sum(1, keepdims=True))
    return np.where(np.abs(W) > norms / 2, W, 0)


def winners(W: np.ndarray) -> np.ndarray:
    """Per feature: number of its neuron counted from 1, with the sign of the weight; 0 if dead."""
    neuron = np.abs(W).argmax(1)
    return (neuron + 1) * np.sign(W[np.arange(len(W)), neuron])
