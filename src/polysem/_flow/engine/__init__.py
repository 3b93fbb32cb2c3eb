"""The fast engine: adaptive steps with exact soft thresholding, to a certified end state."""

from polysem._flow.engine.solve import solve_engine

__all__ = ["solve_engine"]
