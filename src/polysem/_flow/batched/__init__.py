"""The engine's method for many seeds at once, in torch, on a graphics processor or any device."""

from polysem._flow.batched.device import device_for
from polysem._flow.batched.solve import solve_batch, solve_indices

__all__ = ["device_for", "solve_batch", "solve_indices"]
