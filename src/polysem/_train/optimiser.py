"""From the name of an optimiser to a call that takes one step on the stacked weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

from polysem._config import unknown_name
from polysem._errors import BadInput, one_line
from polysem._train.catalogue import ONE_SEED_AT_A_TIME
from polysem._train.options import TrainOptions

OURS = frozenset({"params", "lr", "weight_decay", "self"})
"""Arguments that `TrainOptions` has fields for."""
NOT_OPTIONS = frozenset({"foreach", "fused", "capturable", "differentiable", "maximize"})
"""Arguments that say how torch should compute, or turn descent into ascent."""
ADAM_KERNEL_OPTIONS = {"betas", "eps"}

Update = Callable[[], Any]


def check_optimiser(options: TrainOptions) -> None:
    """Raise `BadInput` unless torch has this optimiser and it accepts these settings."""
    optimiser = _class(options.optimiser)
    takes = inspect.signature(optimiser).parameters
    allowed = [name for name in takes if name not in OURS | NOT_OPTIONS]
    for name, _ in options.options:
        if name not in allowed:
            raise BadInput(unknown_name(name, allowed, f"option of {options.optimiser}"))
    if options.weight_decay and "weight_decay" not in takes:
        raise BadInput(
            f"{options.optimiser} has no weight decay; leave weight_decay out or use AdamW."
        )
    if options.options:
        _try(optimiser, options)


def make_update(options: TrainOptions, W: torch.Tensor, grad: torch.Tensor) -> Update:
    """A call that moves W: (seeds, n, m) in place against whatever `grad` then holds."""
    chosen: dict[str, Any] = dict(options.options)
    name = options.optimiser
    if (
        name in ("Adam", "AdamW")
        and W.device.type == "cpu"
        and chosen.keys() <= ADAM_KERNEL_OPTIONS
    ):
        from polysem._train.adam import AdamUpdate

        decay = _default_decay(options)
        return AdamUpdate(
            W, grad, lr=options.lr, weight_decay=decay, decoupled=name == "AdamW", **chosen
        )
    if name == "SGD" and not chosen:
        return _plain_descent(W, grad, options.lr, _default_decay(options))
    if name in ONE_SEED_AT_A_TIME:
        W, grad = W.squeeze(0), grad.squeeze(0)  # these ask for matrices
    parameter = torch.nn.Parameter(W)
    parameter.grad = grad
    return _class(name)([parameter], **_settings(options, W.device.type)).step


def _plain_descent(W: torch.Tensor, grad: torch.Tensor, lr: float, decay: float) -> Update:
    """W ← W − lr (grad + decay·W), without the bookkeeping of torch.optim.SGD."""

    def update() -> None:
        if decay:
            grad.add_(W, alpha=decay)
        W.add_(grad, alpha=-lr)

    return update


def _default_decay(options: TrainOptions) -> float:
    """The weight decay asked for, or torch's default for this optimiser."""
    if options.weight_decay is not None:
        return options.weight_decay
    return inspect.signature(_class(options.optimiser)).parameters["weight_decay"].default


def _settings(options: TrainOptions, device: str = "cpu") -> dict[str, Any]:
    """Arguments for the torch class."""
    settings = {"lr": options.lr, **dict(options.options)}
    if options.weight_decay is not None:
        settings["weight_decay"] = options.weight_decay
    takes = inspect.signature(_class(options.optimiser)).parameters
    if device == "cuda" and "fused" in takes:
        settings["fused"] = True
    return {name: value for name, value in settings.items() if name in takes}


def _class(name: str) -> Any:
    """The class in torch.optim; `BadInput` if this torch has none of that name."""
    found = getattr(torch.optim, name, None)
    if found is None:
        raise BadInput(
            f"torch {torch.__version__} has no optimiser {name!r}; use AdamW or a newer torch."
        )
    return found


def _try(optimiser: Any, options: TrainOptions) -> None:
    """Let torch judge the values on one weight, so that nothing fails later."""
    weight = torch.nn.Parameter(torch.ones(1, 1))
    weight.grad = torch.ones(1, 1)
    try:
        optimiser([weight], **_settings(options)).step()
    except (ValueError, TypeError, RuntimeError, IndexError) as error:
        shown = ", ".join(f"{name}={value!r}" for name, value in options.options)
        raise BadInput(
            one_line(f"{options.optimiser} does not accept {shown}: {str(error).rstrip('.')}.")
        ) from None
