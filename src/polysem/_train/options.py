"""How to train: optimiser, steps, noise, device. What to train is the network's business."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator

from polysem._config import Config, unknown_name
from polysem._network.noise import Noise, NoNoise
from polysem._train.catalogue import ELEMENTWISE, ONE_SEED_AT_A_TIME, REFUSED

OptionValue = bool | int | float | str | None | tuple[float | None, ...]


def _pairs(value: Any) -> Any:
    """A mapping as sorted pairs, so that the configuration that holds it can be hashed."""
    pairs = tuple(sorted(value.items())) if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple):
        raise ValueError('a mapping such as {"betas": (0.9, 0.999)} is needed')
    for name, setting in pairs:
        parts = setting if isinstance(setting, (list, tuple)) else (setting,)
        if not all(isinstance(part, bool | int | float | str | None) for part in parts):
            raise ValueError(f"{name} must be a number, a word, true or false, or some numbers")
        if any(isinstance(part, float) and not math.isfinite(part) for part in parts):
            raise ValueError(f"{name} = {setting} is not a finite number")
    return pairs


OptimiserOptions = Annotated[
    tuple[tuple[str, OptionValue], ...], BeforeValidator(_pairs), PlainSerializer(dict)
]


class TrainOptions(Config):
    """Settings of a training.

    `optimiser` — name of a class of torch.optim, in any case, such as "AdamW" (default), "SGD".
    `lr` — learning rate. `weight_decay` — torch's default for the optimiser if None (0.01 for
    AdamW, 0 for Adam and SGD). `options` — its other arguments, such as {"betas": (0.9, 0.999)}.
    `steps` — of the optimiser. `batch` — how many inputs a step draws; by default none are drawn
    and each step sees the exact expectation over the data, n one-hot inputs unless said otherwise.
    `gradient` — "closed": the formula (default); "autograd": torch differentiates the loss. Equal
    to rounding; the formula is several times faster. One tied layer without biases has a formula;
    for other architectures both words mean autograd, as the `method` of a result says.
    `device` — "auto" (default): a CUDA device, else Apple's mps for float32, else the CPU.
    `dtype` — "float32" (default) or "float64". `noise` — on the hidden layer.

    On the CPU the same seed gives the same bits, whatever other seeds are trained beside it and
    however many threads or workers there are.
    """

    optimiser: str = "AdamW"
    lr: Annotated[float, Field(gt=0, le=1e9)] = 1e-3
    weight_decay: Annotated[float, Field(ge=0, le=1e9)] | None = None
    options: OptimiserOptions = ()
    steps: Annotated[int, Field(ge=1, le=10**9)] = 7500
    batch: Annotated[int, Field(ge=1, le=10**6)] | None = None
    gradient: Literal["closed", "autograd"] = "closed"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    dtype: Literal["float32", "float64"] = "float32"
    noise: Noise = NoNoise()

    @field_validator("optimiser")
    @classmethod
    def _known(cls, name: str) -> str:
        allowed = [*ELEMENTWISE, *ONE_SEED_AT_A_TIME]
        name = {known.lower(): known for known in (*allowed, *REFUSED)}.get(name.lower(), name)
        if name in REFUSED:
            raise ValueError(REFUSED[name])
        if name not in allowed:
            raise ValueError(unknown_name(name, allowed, "optimiser").rstrip("."))
        return name

    @property
    def method(self) -> str:
        """Optimiser and gradient in one word, such as "AdamW/closed"."""
        return f"{self.optimiser}/{self.gradient}"
