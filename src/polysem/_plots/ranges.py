"""Ends of logarithmic axes."""

from __future__ import annotations

from typing import Any

import numpy as np


def log_range(*values: Any, margin: float = 1.4) -> tuple[float, float]:
    """Ends of a log axis that holds every positive finite value, with room; (0.1, 10) for none."""
    flat = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values] or [np.empty(0)])
    flat = flat[np.isfinite(flat) & (flat > 0)]
    if not flat.size:
        return 0.1, 10.0
    return float(flat.min()) / margin, float(flat.max()) * margin


def positive(values: Any) -> np.ndarray:
    """What a log axis can show; the rest is a gap (NaN)."""
    values = np.asarray(values, dtype=float)
    return np.where(values > 0, values, np.nan)


def doublings(values: Any) -> list[float]:
    """Tick positions 2^k within a range of powers of two, at most seven; for m = 256 … 4096."""
    values = np.asarray(values, dtype=float)
    low, high = np.floor(np.log2(values.min())), np.ceil(np.log2(values.max()))
    step = max(1, int(np.ceil((high - low) / 6)))
    return [float(2**k) for k in np.arange(low, high + 1, step)]
