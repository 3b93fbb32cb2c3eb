"""The slow manifold: how long an encoding is while ℓ1 thins it out.

Without interference the length ρ = ‖W‖ of a row with h = ‖W‖₁/‖W‖ obeys exactly

    dρ/dt = 4(1 − ρ²)ρ − λh,     dh/dt ≤ 0

so ρ follows the upper root of 4(1 − ρ²)ρ = λh, which is 1 − λh/8 + …, and exists while
λh ≤ 8/(3√3). For a single weight h = 1. docs/theory.md#slow-manifold.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FATAL_PULL = 8 / (3 * math.sqrt(3))
"""Largest value of 4(1 − ρ²)ρ, reached at ρ = 1/√3: a pull λh above it shrinks every length."""

TURNING_LENGTH = 1 / math.sqrt(3)


def upper_root(pull: Any) -> Any:
    """Larger root ρ of 4(1 − ρ²)ρ = pull, in [1/√3, 1]; NaN where pull > 8/(3√3) or < 0."""
    return _root(pull, 0.0)


def lower_root(pull: Any) -> Any:
    """Smaller root ρ ≥ 0 of 4(1 − ρ²)ρ = pull: below it the pull wins; NaN as `upper_root`."""
    return _root(pull, 2 * math.pi / 3)


def surviving_weight(l1: Any) -> Any:
    """Size at which a single surviving weight settles: upper root of w³ − w + λ/4 = 0.

    NaN for λ > 8/(3√3), where nothing survives.
    """
    return upper_root(l1)


def _root(pull: Any, turn: float) -> Any:
    pull = np.asarray(pull, dtype=float)
    inside = (pull >= 0) & (pull <= FATAL_PULL)
    angle = np.arccos(-np.where(inside, pull, 0) / FATAL_PULL) / 3
    root = np.where(inside, np.clip(2 / math.sqrt(3) * np.cos(angle - turn), 0, 1), np.nan)
    return float(root) if root.ndim == 0 else root
