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
from polysem._theory.manifold import lower_root
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
    hits = solution.t_events
    if len(hits[1]):
        return math.nan
    if not len(hits[0]):
        return math.inf
    doomed = not solution.y_events[0][0, 0] > lower_root(l1)  # also where there is no root
    return math.nan if doomed else float(hits[0][0])


def manifold_time(row: Any) -> float:
    """λt₁ of this row: (m,) on the slow manifold ‖W‖ = 1: the arsinh sum, exact for λ√m ≪ 1."""
    size = -np.sort(-np.abs(numbers("row", row).ravel()))
    size = size[size > 0]
    if size.size < 2:
        return 0.0
    return float(arsinh_sum(np.append(size[0] - size, size[0])[None])[0])


def arsinh_sum(leads: np.ndarray) -> np.ndarray:
    """∫ dσ/√S₂ over leads σ of the largest weight from leads[:, 1] to leads[:, -1]: (rows,).

    `leads`: (rows, k), ascending from 0: how far each weight is behind the largest, that is the
    lead at which it dies. The last may be any lead at which to stop. While j weights survive,
    S₂ = j((σ − μ)² + V), μ and V the mean and variance of what they are behind.
    """
    j = np.arange(2, leads.shape[1])
    centre = np.cumsum(leads, axis=1)[:, 1:-1] / j
    variance = np.cumsum(leads**2, axis=1)[:, 1:-1] / j - centre**2
    with np.errstate(divide="ignore", invalid="ignore"):  # an exact tie never resolves
        spread = np.sqrt(np.maximum(variance, 0))
        high, low = (np.arcsinh((end - centre) / spread) for end in (leads[:, 2:], leads[:, 1:-1]))
        return np.where(leads[:, 1] > 0, ((high - low) / np.sqrt(j)).sum(1), np.inf)
