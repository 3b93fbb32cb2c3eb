"""Layers that store their weights as (inputs, outputs), such as GPT-2's `Conv1D`.

For the repair each becomes an `nn.Linear` in a copy of the model; what comes out is put back into
layers of the class they had.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import nn


def is_transposed(module: nn.Module) -> bool:
    """True for a module like Hugging Face's `Conv1D`: x @ weight + bias, `nf` outputs.

    Told by its name and shapes, since its package need not be there.
    """
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    return (
        type(module).__name__ == "Conv1D"
        and isinstance(weight, torch.Tensor)
        and weight.ndim == 2
        and getattr(module, "nf", None) == weight.shape[1]
        and (bias is None or bias.shape == weight.shape[1:])
    )


def transposed_names(model: nn.Module) -> list[str]:
    """Paths of all such layers."""
    return [name for name, module in model.named_modules() if is_transposed(module)]


def linearised(model: nn.Module, names: Iterable[str]) -> nn.Module:
    """A copy of the model in which the layers `names` are `nn.Linear`."""
    model = copy.deepcopy(model)
    for name in names:
        old = model.get_submodule(name)
        weight, bias = old.weight, old.bias
        assert isinstance(weight, torch.Tensor)
        new = nn.Linear(*weight.shape, bias=bias is not None, device="meta")
        new.weight = nn.Parameter(weight.detach().mT.contiguous(), weight.requires_grad)
        if isinstance(bias, torch.Tensor):
            new.bias = nn.Parameter(bias.detach(), bias.requires_grad)
        _put(model, name, new.train(old.training))
    return model


def restored(model: nn.Module, original: nn.Module, names: Iterable[str]) -> nn.Module:
    """`model` with the layers `names` of the class that they have in `original`, in place.

    They may have become wider.
    """
    for name in names:
        layer = model.get_submodule(name)
        assert isinstance(layer, nn.Linear)
        new = copy.deepcopy(original.get_submodule(name))
        new.weight = nn.Parameter(layer.weight.detach().mT.contiguous(), layer.weight.requires_grad)
        if layer.bias is not None:
            new.bias = nn.Parameter(layer.bias.detach(), layer.bias.requires_grad)
        new.nf = layer.out_features  # pyright: ignore[reportAttributeAccessIssue,reportArgumentType]
        if hasattr(new, "nx"):
            new.nx = layer.in_features  # pyright: ignore[reportAttributeAccessIssue,reportArgumentType]
        _put(model, name, new.train(layer.training))
    return model


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
