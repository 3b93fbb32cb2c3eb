"""Rivals off the shelf: SciPy and torchdiffeq on the smooth field with sign(w) on its right.

They chatter where weights die and never reach exact zeros. Their steps are of different sizes, so
a part of a run says nothing about the rest: one that does not end within its budget of seconds
gives a lower bound, never an extrapolation. Tolerances are loose, which is in their favour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks._steppers import smooth_force
from benchmarks._timing import OUT_OF_TIME

RTOL, ATOL = 1e-3, 1e-4
JACOBIAN_BYTES = 2.5e9  # LSODA keeps a dense one of (n·m)² unless told that it is banded
SOLVERS = ("RK45", "LSODA", "dopri5")


def field_numpy(W: np.ndarray, l1: float) -> np.ndarray:
    """dW/dt = smooth force − λ sign(W): (n, m)."""
    velocity = smooth_force(W)
    velocity -= l1 * np.sign(W)
    return velocity


def field_torch(W: torch.Tensor, l1: float) -> torch.Tensor:
    """The same field in torch."""
    velocity = torch.relu(W @ W.T) @ W
    return velocity.neg_().add_(W).mul_(4).sub_(torch.sign(W), alpha=l1)


class OutOfTime(Exception):
    """Raised in a right-hand side to end a solver that has spent its seconds."""


@dataclass
class Attempt:
    """How far one solver came: `legs` has the state and the seconds at each time it reached."""

    budget: float
    rhs: int = 0
    t: float = 0.0
    trouble: str | None = None
    legs: list[tuple[np.ndarray, float, int]] = field(default_factory=list)
    began: float = field(default_factory=time.process_time)
    seconds_spent: float = 0.0

    @property
    def seconds(self) -> float:
        return time.process_time() - self.began

    def watched(self, rhs: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
        """`rhs` of the state alone as one of (t, state) that is counted and limited in seconds."""

        def counted(t: Any, state: Any) -> Any:
            self.rhs += 1
            self.t = float(t)
            if self.seconds > self.budget:
                raise OutOfTime
            return rhs(state)

        return counted

    def reached(self, W: np.ndarray) -> np.ndarray:
        self.legs.append((W, self.seconds, self.rhs))
        return W


def integrate(solver: str, W0: np.ndarray, l1: float, times: list[float], budget: float) -> Attempt:
    """Solve from 0 to each of `times` in turn with one of `SOLVERS`, for `budget` seconds."""
    attempt = Attempt(budget)
    leg = _dopri5 if solver == "dopri5" else _scipy
    W, t = W0, 0.0
    try:
        for until in times:
            W, t = attempt.reached(leg(solver, W, l1, t, until, attempt)), until
    except OutOfTime:
        attempt.trouble = OUT_OF_TIME
    except (AssertionError, MemoryError, RuntimeError) as error:  # how these solvers give up
        attempt.trouble = f"{type(error).__name__}: {str(error)[:80]}"
    attempt.seconds_spent = attempt.seconds
    return attempt


def precision_of(solver: str) -> str:
    """Number type it works in, as it comes: SciPy knows only float64."""
    return "float32" if solver == "dopri5" else "float64"


def described(solver: str, shape: tuple[int, ...]) -> str:
    """The solver's name in the table."""
    if solver == "dopri5":
        return "torchdiffeq dopri5"
    return f"SciPy {solver}" + (", diagonal Jacobian" if _settings(solver, shape) else "")


def _settings(solver: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """LSODA is told that the Jacobian is diagonal where a dense one would not fit in memory."""
    too_large = 8 * np.prod(shape, dtype=float) ** 2 > JACOBIAN_BYTES
    return {"lband": 0, "uband": 0} if solver == "LSODA" and too_large else {}


def _scipy(solver, W, l1, t, until, attempt) -> np.ndarray:
    rhs = attempt.watched(lambda flat: field_numpy(flat.reshape(W.shape), l1).ravel())
    settings = _settings(solver, W.shape)
    state = W.astype(np.float64).ravel()
    found = solve_ivp(
        rhs, (t, until), state, solver, rtol=RTOL, atol=ATOL, t_eval=[until], **settings
    )
    if not found.success:
        raise RuntimeError(found.message)
    return found.y[:, -1].reshape(W.shape)


def _dopri5(solver, W, l1, t, until, attempt) -> np.ndarray:
    from torchdiffeq import odeint

    rhs = attempt.watched(lambda state: field_torch(state, l1))
    state = torch.tensor(W, dtype=torch.float32)
    times = torch.tensor([t, until], dtype=torch.float64)
    with torch.no_grad():
        path: Any = odeint(rhs, state, times, rtol=RTOL, atol=ATOL, method=solver)
        return path[-1].numpy()
