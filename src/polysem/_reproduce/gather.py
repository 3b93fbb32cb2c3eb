"""From finished cells to the data frames of the five figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from polysem._reproduce.cells import Cell, read_cell
from polysem._reproduce.plan import FLOW, L1, RECIPE, Plan

Frame = Any
"""A pandas data frame; its own annotations cannot tell a column from a frame."""

METHOD = {"flow": FLOW, "recipe": RECIPE}


@dataclass(frozen=True, eq=False)
class Figures:
    """The measured data behind the five published figures.

    `sparsification` — series, t, l1_norm, m_prime. `fourth_norm` — noise, std, seed, step,
    fourth_norm. `counts`, `curves` — one row per method, λ, m and seed, census columns.
    `correlations` — method → mean start_i·end_j: (n, n) at the widest network.
    """

    sparsification: Frame
    fourth_norm: Frame
    counts: Frame
    curves: Frame
    correlations: dict[str, np.ndarray]


def gather(plan: Plan, folder: Path) -> Figures:
    """Read every cell of `plan` from `folder`."""
    return Figures(
        sparsification=_frame([plan.sparsification()], folder),
        fourth_norm=_frame(plan.noise_cells(), folder),
        counts=_frame(plan.count_cells(), folder),
        curves=_frame(plan.curve_cells(), folder),
        correlations=_correlations(plan, folder),
    )


def _frame(cells: Iterable[Cell], folder: Path) -> Frame:
    rows: list[dict[str, Any]] = []
    for cell in cells:
        named = {"method": METHOD[cell.measure]} if cell.measure in METHOD else {}
        rows += [{**row, **named} for row in read_cell(cell, folder).rows]
    return pd.DataFrame(rows)


def _correlations(plan: Plan, folder: Path) -> dict[str, np.ndarray]:
    """Mean of start_i·end_j over the seeds of the widest network, per method."""
    sums: dict[str, np.ndarray] = {}
    for cell in plan.cells_at(plan.widest, L1, range(plan.seeds)):
        method = METHOD[cell.measure]
        sums[method] = sums.get(method, 0) + read_cell(cell, folder).arrays["start_end"]
    return {method: total / plan.seeds for method, total in sums.items()}
