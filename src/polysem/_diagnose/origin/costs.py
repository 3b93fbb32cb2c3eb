"""The scale on which costs are compared, without torch."""

from __future__ import annotations

import math

SCALE = 1e-3


def squashed(cost: float) -> float:
    """sign(cost)·log1p(|cost|/1e-3)."""
    return math.copysign(math.log1p(abs(cost) / SCALE), cost)
