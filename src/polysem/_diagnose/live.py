"""The live tier's doors: a torch module, a network that can be rewired, one of Polysem's runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from polysem._diagnose.alone_tier import of_model_alone
from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.inputs.arrays import plain_array
from polysem._diagnose.labels_tier import diagnosis_of
from polysem._diagnose.live_tier import diagnose_site, diagnose_wires, with_origin
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.copies import Progress
from polysem._diagnose.origin.layer import Origin, measure_origin
from polysem._diagnose.origin.linears import OUTPUTS, layer_around
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.network import Rewirable
from polysem._diagnose.origin.recorded import measure_recorded
from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.own_runs import caused_by_start, network_of
from polysem._diagnose.rows import NOT_ASSESSABLE
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.sites.calling import device_of, model_errors, on_device
from polysem._diagnose.sites.classes import by_class
from polysem._diagnose.sites.record import every_batch, opened, split
from polysem._errors import BadInput


def of_module(
    model: nn.Module,
    site: str | None,
    data: Iterable[Any] | None,
    loss: Any,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    progress: Progress | None,
) -> Diagnosis:
    """A user's model: selectivity at the site; with a loss, the origin of every neuron there.

    Without data its weights alone.
    """
    if data is None and loss is not None:
        raise BadInput("A loss needs data: an iterable of batches (inputs, labels).")
    if data is None:
        return of_model_alone(model, site, names, related, settings, progress)
    if loss is not None:
        if not hasattr(loss, "__call__"):  # noqa: B004 - callable() would narrow its type
            raise BadInput(f"loss is {type(loss).__name__}; give loss(model, inputs, labels).")
        data = _kept(data)
    seen = [] if loss is None else by_class(list(data), None if names is None else len(names))
    path, found = diagnose_site(
        model,
        site,
        data if loss is None else seen,
        names,
        related,
        settings.threshold,
        settings.draws,
        settings.seed,
    )
    source = f"{type(model).__name__}, site {path}"
    made = diagnosis_of(found, "live model", source, settings)
    if loss is None:
        return made
    encoder, decoder = layer_around(model, path, settings.encoder, settings.decoder)
    with model_errors("Retraining with this loss"):
        network = ModuleNetwork(
            model, encoder, decoder, loss, data, settings.features or OUTPUTS, settings.exact
        )
        _same_width(network, made, path)
        active = tuple(f.neuron for f in made.findings if f.verdict != NOT_ASSESSABLE)
        origin = _origin(network, settings, progress, active)
        activity = _activity(network, path, seen, related, settings)
        origin = _with_recorded(network, activity, made, origin, progress)
    shown = _shown(found.profile.names, network.n_features)
    rows = with_origin(list(made.findings), origin, shown)
    return replace(made, findings=tuple(rows), origin=origin)


def _activity(
    network: ModuleNetwork,
    path: str,
    seen: list[Any],
    related: Relatedness | None,
    settings: DiagnoseOptions,
) -> Activity | None:
    """What the site gives, where labels say which features are on; None if it is not asked for."""
    if not settings.recordings:
        return None
    device = device_of(network.model)
    given = [y for _, y in map(split, seen) if y is not None]
    labels = [on_device(plain_array(y, "labels"), device) for y in given]
    if len(labels) < len(network.batches) or labels[0].ndim != 2:
        return None
    pairs = zip(network.batches, labels, strict=True)
    batches = [(inputs, y) for (inputs, _), y in pairs]
    columns, threshold = labels[0].shape[1], settings.threshold
    found = Activity(network.model, path, batches, columns, False, related, threshold)
    return found if found.known else None


def _with_recorded(
    network: ModuleNetwork,
    activity: Activity | None,
    made: Diagnosis,
    origin: Origin,
    progress: Progress | None,
) -> Origin:
    """The origin of neurons that are polysemantic by their recordings alone, too."""
    tested = {removal.neuron for removal in origin.removals}
    alone = [f.neuron for f in made.findings if f.polysemantic and f.neuron not in tested]
    if activity is None or not alone:
        return origin
    found = measure_recorded(network, activity, alone, origin.horizon, origin.seeds, progress)
    return replace(origin, recorded=tuple(found))


def _shown(names: Sequence[str] | None, features: int) -> list[str]:
    """Names of the network's own features: those given, unless the labels were others."""
    given = [str(f) for f in range(features)] if names is None else [str(name) for name in names]
    return given if len(given) == features else [f"unit {f}" for f in range(features)]


def _kept(data: Any) -> list[Any]:
    """All batches, read once: the test of origin keeps them anyway, and every reading is alike."""
    return list(every_batch(opened(data)[1]))


def of_network(
    network: Rewirable,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    progress: Progress | None,
    source: str = "",
) -> Diagnosis:
    """A network that brings its own loss: who is on which wire, and the origin."""
    found = diagnose_wires(network, names, related, settings.draws, settings.seed)
    origin = _origin(network, settings, progress)
    shown = _shown(names, network.n_features)
    return Diagnosis(
        "live model",
        source or f"{network.n_features} features on {network.n_neurons} neurons",
        tuple(with_origin(found.findings, origin, shown)),
        found.nulls,
        capacity=found.capacity,
        origin=origin,
        settings=settings.model_dump(mode="json"),
        profile=found.profile,
    )


def of_run(
    run: Any,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    progress: Progress | None,
) -> Diagnosis:
    """One network of a run of `simulate` or `train`; with `init_caused`, trained again as well."""
    network = network_of(run, settings.network)
    spec = run.spec.network
    source = f"Seed {run.seeds[settings.network]} of n = {spec.n}, m = {spec.m}, l1 = {spec.l1:g}"
    made = of_network(network, names, related, settings, progress, source)
    if not settings.init_caused or made.origin is None:
        return made
    caused = caused_by_start(run, settings.network, occupants(network))
    origin = replace(made.origin, init_caused=caused)
    rows = [replace(f, init_caused=caused.get(f.neuron)) for f in made.findings]
    return replace(made, origin=origin, findings=tuple(rows))


def _origin(
    network: Rewirable,
    settings: DiagnoseOptions,
    progress: Progress | None,
    neurons: tuple[int, ...] | None = None,
) -> Origin:
    horizon = Horizon(steps=settings.horizon)
    return measure_origin(
        network, horizon, settings.seeds, settings.moves, settings.together, progress, neurons
    )


def _same_width(network: Rewirable, made: Diagnosis, path: str) -> None:
    if network.n_neurons != len(made.findings):
        raise BadInput(
            f"The site {path!r} has {len(made.findings)} neurons and the layer between encoder and "
            f"decoder {network.n_neurons}; give encoder and decoder around the site."
        )
