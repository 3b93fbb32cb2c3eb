"""Whether a layer's weights are parameters of their own that can be masked and retrained."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from polysem._errors import BadInput


def check_trainable(model: nn.Module, names: Iterable[str]) -> None:
    """Raise `BadInput` with the reason for the first of these that cannot be retrained."""
    every = dict(model.named_parameters(remove_duplicate=False))
    for name in names:
        reason = _not_own(every, name)
        if reason is None and not every[name].requires_grad:
            reason = "frozen (requires_grad is False)"
        if reason is not None:
            raise BadInput(
                f"The origin cannot be tested: {name!r} is {reason}, and must be a trainable "
                "parameter of this layer alone; leave out the loss for a diagnosis of the "
                "activations."
            )


def check_own(model: nn.Module, names: Iterable[str]) -> None:
    """Raise `BadInput` with the reason for the first of these that is no parameter of its own."""
    every = dict(model.named_parameters(remove_duplicate=False))
    for name in names:
        reason = _not_own(every, name)
        if reason is not None:
            raise BadInput(
                f"The layer's features cannot be moved: {name!r} is {reason}, and must be a "
                "parameter of this layer alone; give data for a diagnosis of the activations."
            )


def _not_own(every: dict[str, nn.Parameter], name: str) -> str | None:
    """Why a parameter cannot be masked; None if it can."""
    values = every.get(name)
    if values is None:
        return "computed from other parameters (a parametrization, weight norm or pruning)"
    alike = [other for other, theirs in every.items() if theirs is values and other != name]
    return f"shared with {alike[0]!r}" if alike else None
