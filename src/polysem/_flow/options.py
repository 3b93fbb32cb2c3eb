"""How to solve the flow: method, accuracy, budgets. What to solve is the network's business."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from polysem._config import Config

Method = Literal["auto", "reference", "engine"]
FINEST, COARSEST = 1e-8, 1.0
FLOAT32_FLOOR = 1e-2  # below this factor rounding outweighs the error of a step


class FlowOptions(Config):
    """Settings of a gradient-flow solve.

    `method` — "reference": proximal Euler with the fixed step `dt`, the plain oracle; "engine":
    the fast adaptive solver; "auto" (default): the engine wherever it applies.
    `accuracy` — of the engine: "tight" (default), "fast", or a factor on the tight tolerances
    between 1e-8 and 1 (1 = tight; smaller is more accurate and slower).
    `check` — solve a second time, at least five times more accurately ("fast" by "tight"), and
    report the features whose winner differs.
    `dt` — step of the reference stepper, in units of flow time.
    `t_max` — budget of flow time; by default 200/λ (the end state is usually reached by λt ≈ 5),
    or 1000 when λ = 0.
    `max_steps`, `max_seconds` — budgets per seed; none by default.
    `dtype` — "float32" (default) or "float64".
    `device` — "cpu" (default): seed by seed, on all cores; "cuda" or "mps": seeds in batches, by
    the engine's method.
    """

    method: Method = "auto"
    accuracy: Literal["tight", "fast"] | float = "tight"
    check: bool = False
    dt: Annotated[float, Field(gt=0, le=0.1)] = 0.01
    t_max: Annotated[float, Field(gt=0)] | None = None
    max_steps: Annotated[int, Field(ge=1)] | None = None
    max_seconds: Annotated[float, Field(gt=0)] | None = None
    dtype: Literal["float32", "float64"] = "float32"
    device: Literal["cpu", "cuda", "mps"] = "cpu"

    @field_validator("accuracy", mode="before")
    @classmethod
    def _preset_or_factor(cls, value: object) -> object:
        if value in ("tight", "fast"):
            return value
        if isinstance(value, int | float) and FINEST <= value <= COARSEST:
            return float(value)
        raise ValueError(f"use 'tight', 'fast' or a number from {FINEST:g} to {COARSEST:g}")

    @model_validator(mode="after")
    def _precision_suffices(self) -> Self:
        coarse = not isinstance(self.accuracy, float) or self.accuracy >= FLOAT32_FLOOR
        if coarse or self.dtype == "float64":
            return self
        raise ValueError(
            f"accuracy = {self.accuracy} is finer than float32 can resolve; use a factor of at "
            f"least {FLOAT32_FLOOR:g}, or dtype = 'float64'"
        )

    @model_validator(mode="after")
    def _device_computes_it(self) -> Self:
        if self.device != "cpu" and self.method == "reference":
            raise ValueError(
                f"method = 'reference' does not run on device = {self.device!r}; use "
                "method = 'auto', or device = 'cpu'"
            )
        if self.device != "cpu" and self.check:
            raise ValueError(
                f"check = True does not go with device = {self.device!r}; leave it out, or use "
                "device = 'cpu'"
            )
        if self.device == "mps" and self.dtype == "float64":
            raise ValueError(
                "device = 'mps' computes no float64; use dtype = 'float32', or device = 'cpu'"
            )
        return self

    def time_budget(self, l1: float) -> float:
        """Flow time after which a solve gives up; `l1`: the smallest positive strength, or 0."""
        if self.t_max is not None:
            return self.t_max
        return 200 / l1 if l1 > 0 else 1000.0
