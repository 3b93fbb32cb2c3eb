"""Which features are alive: the one place that compares a row with the scale of its matrix."""

from __future__ import annotations

import numpy as np

DEAD_BELOW = 0.1  # of the scale: half-way, on a log axis, between nothing and a unit encoding


def scale_of(norms: np.ndarray, scale: float | None) -> np.ndarray:
    """The length that an encoding should have: `scale`, or the largest row norm of the seed.

    `norms`: (…, n_features) → (…,).
    """
    return norms.max(-1) if scale is None else np.full(norms.shape[:-1], float(scale))


def alive_features(norms: np.ndarray, scale: float | None = None) -> np.ndarray:
    """True where ‖W_i‖ ≥ 0.1 × scale and ‖W_i‖ > 0: `norms` (…, n_features), same shape back."""
    return (norms >= DEAD_BELOW * scale_of(norms, scale)[..., None]) & (norms > 0)
