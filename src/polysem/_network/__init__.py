"""The network as mathematics: forward, loss, the three forces, gradient (NumPy and torch)."""

from polysem._network.problem import Problem
from polysem._network.tied import (
    feature_benefit,
    forward,
    gradient,
    gram,
    interference,
    loss,
    reconstruction_loss,
    regularisation,
    smooth_force,
    velocity,
)

__all__ = [
    "Problem",
    "feature_benefit",
    "forward",
    "gradient",
    "gram",
    "interference",
    "loss",
    "reconstruction_loss",
    "regularisation",
    "smooth_force",
    "velocity",
]
