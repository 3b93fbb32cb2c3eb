"""What `accuracy` means to the engine: sizes of steps, and what float32 cannot honour."""

from __future__ import annotations

from dataclasses import dataclass

from polysem._errors import BadInput
from polysem._flow.options import FlowOptions

FAST = 8.0  # "fast" allows this many times the tight tolerance
FLOAT32_FLOOR = 1e-4  # below this factor the rounding of float32 outweighs the error of a step


@dataclass(frozen=True)
class Tolerances:
    """Largest steps allowed.

    `early` — change of a row's norm in one step while t < 1.5; `late` — the same afterwards.
    `growth` — step as a share of the time passed, which resolves the first transient.
    `stability` — step × spectral radius.
    """

    early: float
    late: float
    growth: float
    stability: float


def tolerances(options: FlowOptions) -> Tolerances:
    """Tolerances for `options.accuracy`; `BadInput` if float32 cannot honour it."""
    factor = {"tight": 1.0, "fast": FAST}.get(str(options.accuracy)) or float(options.accuracy)
    if options.dtype == "float32" and factor < FLOAT32_FLOOR:
        raise BadInput(
            f"accuracy = {factor:g} is finer than float32 can resolve; use a factor of at least "
            f"{FLOAT32_FLOOR:g}, or dtype = 'float64'."
        )
    scale = factor ** (1 / 3)  # the steps are of third order
    return Tolerances(0.002 * scale, 0.004 * scale, 0.075 * scale, min(0.65, 0.5 * scale))
