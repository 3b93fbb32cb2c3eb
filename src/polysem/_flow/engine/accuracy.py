"""What `accuracy` means to the engine: the error of a row that one step may make."""

from __future__ import annotations

from polysem._flow.options import FlowOptions

TIGHT = 4e-4  # largest error of a row (of unit norm) that a step may make
FAST = 2e-3


def tolerance(options: FlowOptions) -> float:
    """Error per step for `options.accuracy`."""
    if options.accuracy == "fast":
        return FAST
    return TIGHT * (1.0 if options.accuracy == "tight" else float(options.accuracy))
