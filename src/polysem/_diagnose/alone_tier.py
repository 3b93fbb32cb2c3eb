"""Diagnosis of a model alone, without its data and its loss: what its weights are, and imply."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.parameter import is_lazy

from polysem._diagnose.arrays_tiers import diagnosis_of_layer
from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.final_state.whole import Known
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.origin.copies import Progress
from polysem._diagnose.origin.enumerated import EnumeratedNetwork, Forward
from polysem._diagnose.origin.linears import (
    INPUTS,
    OUTPUTS,
    SIDES,
    layer_around,
    linear_called,
    wires_around,
)
from polysem._diagnose.origin.mapped import Mapped
from polysem._diagnose.origin.network import Beside, Parameters, Wire, encoding
from polysem._diagnose.origin.trainable import check_own
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.sites.calling import model_errors, values_of
from polysem._diagnose.sites.modules import find_site
from polysem._errors import BadInput

ASKED = "give data, batches of (inputs, labels), or the weights of the layer."


def of_model_alone(
    model: nn.Module,
    site: str | None,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    progress: Progress | None = None,
) -> Diagnosis:
    """The weights at a site, with the score of the whole model's one-hot inputs as opinion.

    For a model that gives its inputs back, with the site next to them or to the outputs.
    """
    alone = copy.deepcopy(model).to("cpu", torch.float32).eval()
    first, last = _ends(alone)
    n = linear_called(alone, first).in_features
    forward = _forward(alone)
    _check_gives_back(alone, forward, n)
    path, _ = find_site(alone, site, torch.eye(n))
    wires, beside = _wires(alone, path, first, last, settings)
    weights, eye = _weights(alone), torch.eye(n)
    network = EnumeratedNetwork(weights, forward, wires, eye, eye, torch.ones(n), beside=beside)
    layer = Layer.of(encoding(network, weights).numpy(), names=names)
    size = f"weights of {n} features on {network.n_neurons} neurons"
    source = f"{type(model).__name__}, site {path}: {size}"
    return diagnosis_of_layer(layer, source, related, settings, Known(network), progress)


def _wires(
    model: nn.Module, path: str, first: str, last: str, settings: DiagnoseOptions
) -> tuple[tuple[Wire, ...], tuple[Beside, ...]]:
    """Between the features and the layer at `path`; `first`, `last` — linear layers at the ends."""
    encoder, decoder = layer_around(model, path, settings.encoder, settings.decoder)
    features = _features(encoder == first, decoder == last, path, settings.features)
    wires, beside = wires_around(model, encoder, decoder, features)
    check_own(model, [part.name for part in (*wires, *beside)])
    return wires, beside


def _ends(model: nn.Module) -> tuple[str, str]:
    linears = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    if any(is_lazy(p) for p in model.parameters()):
        raise BadInput("The model has weights of no shape yet (lazy layers); call it once before.")
    if not linears:
        raise BadInput(f"Without data a model needs linear layers, and this one has none; {ASKED}")
    return linears[0], linears[-1]


def _features(first: bool, last: bool, path: str, asked: str | None) -> str:
    """Which sides of the layer are the model's own, or the one of them that was asked for."""
    if not first and not last:
        raise BadInput(
            f"Without data the features are the model's inputs, and the layer at {path!r} is next "
            f"to neither its inputs nor its outputs; {ASKED}"
        )
    own = SIDES if first and last else (INPUTS if first else OUTPUTS,)
    if asked is not None and asked not in own:
        raise BadInput(
            f"features = {asked!r} is not what the layer at {path!r} is next to without data: "
            f"{', '.join(map(repr, own))}."
        )
    return asked or own[-1]


def _weights(model: nn.Module) -> Parameters:
    return {name: p.detach() for name, p in model.named_parameters() if p.is_floating_point()}


def _forward(model: nn.Module) -> Forward:
    mapped = Mapped()

    def one(parameters: Parameters, x: torch.Tensor) -> torch.Tensor:
        said = values_of(functional_call(model, parameters, (x.clone(),)))  # it may write there
        if isinstance(said, torch.Tensor):
            return said
        raise BadInput(
            f"Without data a model must give a tensor for its inputs, and this one gives "
            f"{type(said).__name__}; {ASKED}"
        )

    def forward(parameters: Parameters, x: torch.Tensor) -> torch.Tensor:
        copies = len(next(iter(parameters.values())))
        single = ({n: v[c] for n, v in parameters.items()} for c in range(copies))
        return mapped(
            lambda: torch.vmap(lambda p: one(p, x), randomness="same")(parameters),
            lambda: torch.stack([one(p, x) for p in single]),
        )

    return forward


def _check_gives_back(model: nn.Module, forward: Forward, n: int) -> None:
    """`BadInput` unless the outputs for n inputs, each alone, are n finite numbers each."""
    one = {name: values[None] for name, values in _weights(model).items()}
    with torch.no_grad(), model_errors(f"The model called with its {n} inputs one by one"):
        said = forward(one, torch.eye(n))
    if said.shape != (1, n, n):
        raise BadInput(
            f"Without data a model must give its {n} inputs back, and this one gives "
            f"{tuple(said.shape[1:])} for {n} samples; {ASKED}"
        )
    if not bool(said.isfinite().all()):
        raise BadInput(f"The model gives NaN or infinity for its inputs one by one; {ASKED}")
