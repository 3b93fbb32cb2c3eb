"""How much of its start an end state still shows."""

from __future__ import annotations

import numpy as np

from polysem._census.rows import row_norms
from polysem._types import Weights


def start_end(start: Weights, end: Weights, alive: np.ndarray) -> dict[str, float | None]:
    """Start–end correlations of one seed; `start`, `end`: (n, m), `alive`: (n,).

    `start_end_cosine` — mean of cos(start_i, end_i) over living features (None if there are none).
    `start_end_dot` — mean of start_i·end_i over all features, the published quantity (arXiv
    2312.03096). `start_end_dot_others` — mean of start_i·end_j over all i ≠ j, its null; None for
    one feature.
    """
    n = len(end)
    dots = np.einsum("ik,ik->i", start, end, dtype=np.float64)
    lengths = row_norms(start) * row_norms(end)
    counted = alive & (lengths > 0)
    sums = start.sum(0, dtype=np.float64), end.sum(0, dtype=np.float64)
    others = float(sums[0] @ sums[1] - dots.sum())
    return {
        "start_end_cosine": float((dots[counted] / lengths[counted]).mean())
        if counted.any()
        else None,
        "start_end_dot": float(dots.mean()),
        "start_end_dot_others": others / (n * (n - 1)) if n > 1 else None,
    }
