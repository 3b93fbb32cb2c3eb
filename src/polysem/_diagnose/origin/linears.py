"""The linear layers around a hidden layer of a torch module, and their weights as wires."""

from __future__ import annotations

from torch import nn

from polysem._diagnose.origin.network import Beside, Wire
from polysem._errors import BadInput

INPUTS, OUTPUTS, BOTH = "inputs", "outputs", "both"
SIDES = (INPUTS, OUTPUTS, BOTH)
"""Whose units are the features: the encoder's inputs, the decoder's outputs, or both."""


def wires_around(
    model: nn.Module, encoder: str, decoder: str, features: str
) -> tuple[tuple[Wire, ...], tuple[Beside, ...]]:
    """Wires and side parameters of the hidden layer between two linear layers."""
    first, second = linear_called(model, encoder), linear_called(model, decoder)
    if first.out_features != second.in_features:
        raise BadInput(
            f"{encoder!r} gives {first.out_features} neurons and {decoder!r} takes "
            f"{second.in_features}; both must be the same layer's."
        )
    if features == "both" and first.in_features != second.out_features:
        raise BadInput(
            f"features = 'both' needs as many inputs as outputs; {encoder!r} has "
            f"{first.in_features} inputs and {decoder!r} {second.out_features} outputs."
        )
    wires, beside = [], []
    if features in ("inputs", "both"):
        wires.append(Wire(f"{encoder}.weight", transposed=True))
    else:
        beside.append(Beside(f"{encoder}.weight", 0))
    if features in ("outputs", "both"):
        wires.append(Wire(f"{decoder}.weight", transposed=False))
    else:
        beside.append(Beside(f"{decoder}.weight", 1))
    if first.bias is not None:
        beside.append(Beside(f"{encoder}.bias", 0))
    return tuple(wires), tuple(beside)


def linear_called(model: nn.Module, name: str) -> nn.Linear:
    """The `nn.Linear` at a dotted path, or `BadInput` listing all of them."""
    linears = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    if name not in linears:
        listed = ", ".join(f"{n} {tuple(m.weight.shape)}" for n, m in linears.items())
        raise BadInput(f"The model has no linear layer {name!r}; it has {listed or 'none'}.")
    return linears[name]


def layer_around(
    model: nn.Module, site: str, encoder: str | None, decoder: str | None
) -> tuple[str, str]:
    """The linear layers that were named, or else those around `site` (`linears_around`)."""
    if encoder is not None and decoder is not None:
        return encoder, decoder
    before, after = linears_around(model, site)
    return encoder or before, decoder or after


def linears_around(model: nn.Module, site: str) -> tuple[str, str]:
    """The linear layers before and after `site` in the order of the model's modules.

    Raises `BadInput` where their sizes do not meet; then name them with `encoder` and `decoder`.
    """
    names = [name for name, _ in model.named_modules()]
    place = names.index(site) if site in names else -1
    linears = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    before = [n for n in linears if names.index(n) <= place]
    after = [n for n in linears if names.index(n) > place]
    if before and after and linears[before[-1]].out_features == linears[after[0]].in_features:
        return before[-1], after[0]
    listed = ", ".join(f"{n} {tuple(m.weight.shape)}" for n, m in linears.items())
    raise BadInput(
        f"The linear layers around {site!r} are not clear; give encoder and decoder, two of "
        f"{listed or 'none'}."
    )
