"""When does a feature become 1-sparse? λt at which its second-largest weight dies. No interference.

On the slow manifold with ‖W‖ = 1 (λ√m ≪ 1), dt = a dτ/λ and a = 1/√S₂(τ), so that

    λt₁ = ∫₀^{w₍₂₎} dτ/√S₂(τ)

depends on the row's shape alone, not on its scale or on λ; between two deaths S₂ is a quadratic
in τ and the integral an arsinh. docs/theory.md#time-to-convergence.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import integrate

from polysem._theory.checks import numbers, penalty
from polysem._theory.isolated import RowReduction
from polysem._theory.shapes import RowShape


def one_sparse_time(row: Any, l1: float) -> float:
    """Flow time t at which this row: (m,) has one nonzero weight left; exact reduction.

    Infinite if it never has (λ = 0, exact ties), NaN if the feature dies. Errors: `BadInput`.
    """
    shape, l1 = RowShape(numbers("row", row).ravel()), penalty(l1)
    reduction = RowReduction(shape, l1)
    if not shape.largest or math.isinf(shape.second_behind):
        return 0.0 if shape.largest else math.nan
    if l1 == 0 or shape.second_behind == 0:
        return math.inf

    def alone(_: float, state: np.ndarray) -> float:
        return reduction.lead((state[0], state[1])) - shape.second_behind

    def dead(_: float, state: np.ndarray) -> float:
        return state[0]

    alone.terminal = dead.terminal = True  # pyright: ignore[reportFunctionMemberAccess]
    horizon = 20 + 10 * manifold_time(row) / l1
    solution = integrate.solve_ivp(
        lambda _, s: reduction.velocity((float(s[0]), float(s[1]))), (0.0, horizon),
        reduction.start, "LSODA", events=(alone, dead), rtol=1e-9, atol=1e-12,
    )  # fmt: skip
    hits = solution.t_events or [[], []]
    if len(hits[1]):
        return math.nan
    return float(hits[0][0]) if len(hits[0]) else math.inf


def manifold_time(row: Any) -> float:
    """λt₁ of this row: (m,) on the slow manifold ‖W‖ = 1: the arsinh sum, exact for λ√m ≪ 1."""
    size = -np.sort(-np.abs(numbers("row", row).ravel()))
    size = size[size > 0]
    if size.size < 2:
        return 0.0
    behind = (size[0] - size)[None]
    return float(arsinh_sum(behind)[0] + arsinh_step(behind, size[:1])[0])


def arsinh_sum(behind: np.ndarray) -> np.ndarray:
    """∫ dτ/√S₂ from the death of the last weight given to that of the second: (rows,).

    `behind`: (rows, k), how far each weight is behind the largest, ascending from 0. While the
    first j survive, S₂ = j(σ − μ)² + V in the lead σ of the largest.
    """
    total = np.zeros(len(behind))
    for j in range(2, behind.shape[1]):
        total += arsinh_step(behind[:, :j], behind[:, j])
    return total


def arsinh_step(behind: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """∫ dσ/√S₂ over leads σ from the last of `behind`: (rows, j) up to `lead`: (rows,)."""
    j = behind.shape[1]
    centre = behind.mean(1)
    spread = np.sqrt(((behind - centre[:, None]) ** 2).sum(1) / j)
    with np.errstate(divide="ignore", invalid="ignore"):  # an exact tie never resolves
        ends = [np.arcsinh((sigma - centre) / spread) for sigma in (lead, behind[:, -1])]
        time = (ends[0] - ends[1]) / np.sqrt(j)
    return np.where(spread > 0, time, np.inf)
