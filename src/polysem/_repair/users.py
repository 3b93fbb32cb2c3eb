"""Repair of a user's module: refusals first, then the layer, then a new model of the same class."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch import nn

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.linears import linear_called, linears_around
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.sites.modules import find_site
from polysem._diagnose.sites.record import first_batch
from polysem._errors import BadInput
from polysem._repair.arm import measured
from polysem._repair.counted import Counted
from polysem._repair.joint import Effort, Progress, repair_layer
from polysem._repair.layer import Layer
from polysem._repair.options import RepairOptions
from polysem._repair.own import EXACT, effort_of, horizon_of
from polysem._repair.probe import Probe, check_between
from polysem._repair.pure import made_pure
from polysem._repair.refusals import check_layers, check_one
from polysem._repair.result import Repair, Repaired
from polysem._repair.rotate import rotate_layer
from polysem._repair.site_network import SiteNetwork
from polysem._repair.split import divided, split_layer, splits, widened
from polysem._repair.survival import further_of, surviving
from polysem._repair.transposed import linearised, restored, transposed_names

Metric = Callable[[nn.Module, Any, Any], Any]
"""metric(model, inputs, labels) → a number, such as the accuracy."""


def of_module(
    model: nn.Module,
    site: str | None,
    data: Iterable[Any] | None,
    loss: Any,
    held_out: Iterable[Any] | None,
    metric: Metric | None,
    settings: RepairOptions,
    progress: Progress | None,
) -> Repair:
    """A user's model; it is read, copied, and left as it was."""
    if data is None or loss is None:
        raise BadInput(
            "Repair of a module needs data, an iterable of batches (inputs, labels), and "
            "loss(model, inputs, labels)."
        )
    inputs = first_batch(data)
    copied = _copied(model)
    turned = transposed_names(model)
    mine = linearised(copied, turned) if turned else copied
    encoder, decoder = _layers(mine, site, inputs, settings)
    turned = [name for name in turned if name in (encoder, decoder)]
    for name in (encoder, decoder):  # in the given model: a copy no longer shares memory
        found = model.get_submodule if name in turned else partial(linear_called, model)
        check_one(model, name, found(name))
    mine = linearised(copied, turned) if turned else copied
    check_layers(mine, encoder, decoder)
    linear = check_between(Probe(copy.deepcopy(mine), encoder, decoder, inputs))
    job = _Job(mine, encoder, decoder, loss, data, held_out, settings, linear)
    made, layer, worth = job.done(progress)
    sham = copy.deepcopy(made if layer.moved else mine)
    filled(sham, layer.sham.parameters)
    for one in (made, sham):
        restored(one, model, turned)
        for new, old in zip(one.modules(), model.modules(), strict=True):
            new.training = old.training
    metrics = None if metric is None else job.metrics(metric, layer)
    source = f"{type(model).__name__}, {encoder} to {decoder}"
    said = settings.model_dump(mode="json") | {"encoder": encoder, "decoder": decoder}
    done = Repaired(settings.seed, layer, worth, settings.training_steps, metrics)
    return Repair(made, (done,), source, settings.method, said, sham)


def _layers(
    model: nn.Module, site: str | None, inputs: Any, settings: RepairOptions
) -> tuple[str, str]:
    if settings.encoder is not None and settings.decoder is not None:
        return settings.encoder, settings.decoder
    before, after = linears_around(model, find_site(model, site, inputs)[0])
    return settings.encoder or before, settings.decoder or after


def _copied(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except Exception as error:  # whatever a user's class may raise
        raise BadInput(
            f"The model cannot be copied ({type(error).__name__}: {error}), and repair never "
            "changes the one it is given."
        ) from None


class _Job:
    """One layer of one module, by any of the methods."""

    def __init__(
        self,
        model: nn.Module,
        encoder: str,
        decoder: str,
        loss: Any,
        data: Iterable[Any],
        held_out: Iterable[Any] | None,
        settings: RepairOptions,
        linear: bool,
    ) -> None:
        self.model, self.settings = model, settings
        self.encoder, self.decoder = encoder, decoder
        self.loss, self.data, self.held_out, self.linear = loss, data, held_out, linear

    def network(self, model: nn.Module, features: str) -> SiteNetwork:
        """The layer of `model`, a version of the user's."""
        return SiteNetwork(
            model,
            self.encoder,
            self.decoder,
            self.loss,
            self.data,
            features,
            self.settings.exact,
            self.held_out,
            self.linear,
        )

    @property
    def _budget(self) -> float | None:
        """In steps of the training, if it was said how many it took."""
        steps = self.settings.training_steps
        return None if steps is None else self.settings.share * steps

    def done(self, progress: Progress | None) -> tuple[nn.Module, Layer, float]:
        """(repaired model, its layer, one feature's worth)."""
        if self.settings.method == "split":
            return self._split()
        network = self.network(self.model, self.settings.features)
        if self.settings.method == "rotate":
            budget = self._budget
            horizon = horizon_of(self.settings, None if budget is None else budget - 2)
            layer = rotate_layer(Counted(network), horizon, self.settings.seed)
        else:
            effort = effort_of(self.settings, self._budget)
            counted = Counted(network)
            layer = repair_layer(counted, effort, progress)
            layer = self._purified(counted, network, layer, effort)
        layer = self._surviving(network, layer)
        made = copy.deepcopy(self.model)
        if layer.moved:
            filled(made, layer.repaired.parameters)
        return made, layer, network.worth

    def _purified(
        self, counted: Counted, network: SiteNetwork, layer: Layer, effort: Effort
    ) -> Layer:
        """With activations made pure, where outputs are features and labels say which are on."""
        if not self.settings.activations or self.settings.features != "outputs":
            return layer
        activity = Activity(network.model, self.decoder, network.batches, network.n_features)
        if not activity.known:
            return layer
        return made_pure(counted, network, activity, layer, effort, self.settings.maximal)

    def _surviving(self, network: SiteNetwork, layer: Layer) -> Layer:
        horizon = further_of(self.settings, self.settings.training_steps)
        return surviving(network, layer, horizon, self.settings.seed)

    def _split(self) -> tuple[nn.Module, Layer, float]:
        features = "outputs" if self.settings.features == "both" else self.settings.features
        network = self.network(self.model, features)
        held = occupants(network)
        before = measured(network, network.parameters(), None)
        made = splits(held, network.n_neurons)
        more = sum(len(one.homes) for one in made)
        model = widened(self.model, self.encoder, self.decoder, more)
        wider = self.network(model, features)
        start = divided(wider, wider.parameters(), made)[0]
        filled(model, start)
        preserved = self._outputs_change(model)
        if preserved > EXACT:
            raise BadInput(
                f"Splitting would change an output by {preserved:.2g}: in-weights can be divided "
                "only between features that never meet. Give features = 'outputs'."
            )
        layer = split_layer(
            before,
            held,
            Counted(wider),
            made,
            preserved,
            horizon_of(self.settings, self._budget),
            self.settings.seed,
        )
        layer = self._surviving(wider, layer)
        filled(model, layer.repaired.parameters)
        return model, layer, network.worth

    def _outputs_change(self, model: nn.Module) -> float:
        """Largest change of an output on the data, relative to the largest output."""
        worst = 0.0
        for batch in self.network(self.model, "outputs").batches:
            old, new = (
                Probe(m.eval(), self.encoder, self.decoder, batch[0]).run()[2]
                for m in (copy.deepcopy(self.model), copy.deepcopy(model))
            )
            for a, b in zip(old, new, strict=True):
                worst = max(worst, float(((a - b).abs().max()) / a.abs().max().clamp(min=1)))
        return worst

    def metrics(self, metric: Metric, layer: Layer) -> tuple[tuple[float, ...], ...]:
        """The metric before, of the sham and of the repaired network, on every batch; then of
        the two trained on, if they were."""
        return tuple(
            self._metric(metric, arm.parameters)
            for arm in (layer.before, layer.sham, layer.repaired, *(layer.further or ()))
        )

    def _metric(self, metric: Metric, parameters: Parameters) -> tuple[float, ...]:
        more = len(parameters[f"{self.encoder}.weight"])
        model = copy.deepcopy(self.model).eval()
        width = linear_called(model, self.encoder).out_features
        if more > width:
            model = widened(model, self.encoder, self.decoder, more - width).eval()
        filled(model, parameters)
        batches = self.network(self.model, "outputs").judged_by
        with torch.no_grad():
            return tuple(float(metric(model, *batch)) for batch in batches)


def filled(model: nn.Module, parameters: Parameters) -> None:
    """Put the values into the model's parameters of those names."""
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, values in parameters.items():
            own[name].copy_(values)
