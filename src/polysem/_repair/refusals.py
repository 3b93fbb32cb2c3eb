"""Why a layer of a user's model cannot be rewired: what its modules and parameters say."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from polysem._diagnose.origin.linears import linear_called
from polysem._errors import BadInput
from polysem._repair.transposed import is_transposed

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def check_layers(model: nn.Module, encoder: str, decoder: str) -> None:
    """Raise `BadInput` with the reason if the two linear layers cannot be rewired.

    Reads only; the model stays as it is.
    """
    if encoder == decoder:
        raise BadInput(f"encoder and decoder are both {encoder!r}; two linear layers are needed.")
    for name in (encoder, decoder):
        check_one(model, name, linear_called(model, name))
    first, second = linear_called(model, encoder), linear_called(model, decoder)
    if first is second:
        raise BadInput(
            f"{encoder!r} and {decoder!r} are the same module; two layers with weights of their "
            "own are needed."
        )
    if first.out_features != second.in_features:
        raise BadInput(
            f"The shapes do not fit: {encoder!r} gives {first.out_features} neurons and "
            f"{decoder!r} takes {second.in_features}."
        )


def check_one(model: nn.Module, name: str, layer: nn.Module) -> None:
    """Raise `BadInput` with the reason if this one layer cannot be rewired."""
    for reason in _reasons(model, name, layer):
        raise BadInput(f"The layer {name!r} cannot be rewired: {reason}.")


def _reasons(model: nn.Module, name: str, layer: nn.Module) -> Iterator[str]:
    """What stands in the way, worst first."""
    if isinstance(layer.weight, nn.UninitializedParameter):
        yield "it has not been initialised; call the model once"
        return
    if hasattr(layer, "parametrizations") or "weight" not in layer._parameters:
        yield "its weight is computed from others (a parametrization, weight norm or pruning)"
    if type(layer) is not nn.Linear and not is_transposed(layer):
        yield f"it is a {type(layer).__name__}, which may do more than an nn.Linear"
    if any(getattr(layer, hooks, None) for hooks in HOOKS):
        yield "hooks are registered on it; remove them first"
    for part, values in layer.named_parameters():
        yield from _of_parameter(part, values)
    yield from _shared(model, name, layer)


def _of_parameter(part: str, values: torch.Tensor) -> Iterator[str]:
    if values.is_meta:
        yield f"its {part} is on the meta device and holds no numbers"
    elif values.dtype not in (torch.float32, torch.float64):
        kind = str(values.dtype).removeprefix("torch.")
        yield f"its {part} is {kind}; quantised or half-precision weights must be made float32"
    elif not bool(torch.isfinite(values).all()):
        yield f"its {part} holds a NaN or infinite number"
    if not values.requires_grad:
        yield f"its {part} is frozen (requires_grad is False)"


def _shared(model: nn.Module, name: str, layer: nn.Module) -> Iterator[str]:
    """Other names of the module, of its parameters, or of the memory that they lie in."""
    for other, module in model.named_modules(remove_duplicate=False):
        if module is layer and other != name:
            yield f"the module is used again as {other!r}"
    mine = {f"{name}.{part}": values for part, values in layer.named_parameters()}
    everything = [*model.named_parameters(remove_duplicate=False)]
    everything += [*model.named_buffers(remove_duplicate=False)]
    for part, values in mine.items():
        for other, theirs in everything:
            if other not in mine and _same_memory(values, theirs):
                yield f"{part} is shared with {other}"


def _same_memory(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one is other:
        return True
    if one.is_meta or other.is_meta or one.device != other.device:
        return False
    memory = one.untyped_storage().data_ptr()
    return memory != 0 and memory == other.untyped_storage().data_ptr()
