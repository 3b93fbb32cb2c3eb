"""Whether a layer's weights are parameters of their own that can be masked and retrained."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from polysem._errors import BadInput


def check_trainable(model: nn.Module, names: Iterable[str]) -> None:
    """Raise `BadInput` with the reason for the first parameter of these that cannot be masked."""
    every = dict(model.named_parameters(remove_duplicate=False))
    for name in names:
        values = every.get(name)
        alike = [other for other, theirs in every.items() if theirs is values and other != name]
        if values is None:
            reason = "computed from other parameters (a parametrization, weight norm or pruning)"
        elif alike:
            reason = f"shared with {alike[0]!r}"
        elif not values.requires_grad:
            reason = "frozen (requires_grad is False)"
        else:
            continue
        raise BadInput(
            f"The origin cannot be tested: {name!r} is {reason}, and must be a trainable parameter "
            "of this layer alone; leave out the loss for a diagnosis of the activations."
        )
