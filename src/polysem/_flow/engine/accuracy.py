"""What `accuracy` means to the engine, and what float32 cannot honour."""

from __future__ import annotations

from polysem._errors import BadInput
from polysem._flow.options import FlowOptions

TIGHT = 4e-4  # largest error of a row (of unit norm) that a step may make
FAST = 2e-3
FLOAT32_FLOOR = 1e-2  # below this factor the rounding of float32 outweighs the error of a step


def tolerance(options: FlowOptions) -> float:
    """Error per step for `options.accuracy`; `BadInput` if float32 cannot honour it."""
    if options.accuracy == "fast":
        return FAST
    factor = 1.0 if options.accuracy == "tight" else float(options.accuracy)
    if options.dtype == "float32" and factor < FLOAT32_FLOOR:
        raise BadInput(
            f"accuracy = {factor:g} is finer than float32 can resolve; use a factor of at least "
            f"{FLOAT32_FLOOR:g}, or dtype = 'float64'."
        )
    return TIGHT * factor
