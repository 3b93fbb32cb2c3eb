"""The tiers without a model: arrays and files to a `Diagnosis`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.inputs.arrays import plain_array
from polysem._diagnose.inputs.files import read_array
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput

if TYPE_CHECKING:
    from polysem._diagnose.final_state.inputs import Progress
    from polysem._diagnose.final_state.whole import Known
    from polysem._diagnose.inputs.layer import Layer

Names = Sequence[str] | None


def from_weights(
    weights: Any,
    beside: Mapping[str, Any],
    names: Names,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    progress: Progress | None = None,
) -> Diagnosis:
    """Weights (features, neurons), or (networks, features, neurons), array or file.

    `beside` — `outgoing`, `bias` and `outgoing_bias`, each an array, a file or None.
    """
    from polysem._diagnose.inputs.layer import Layer

    array, columns = _read(weights, settings.key, "key")
    others = {
        name: _read(values, getattr(settings, f"{name}_key"), f"{name}_key")[0]
        for name, values in beside.items()
    }
    array, which = _one_network(array, settings)
    if settings.transpose:
        columns = getattr(array, "columns", columns)
        array = array.T if hasattr(array, "T") else plain_array(array, "weights").T
        names, columns = columns if names is None else names, None
    layer = Layer.of(array, names=names, neuron_names=columns, **others)
    source = (
        f"Weights of {layer.weights.shape[0]} features on {layer.weights.shape[1]} neurons{which}"
    )
    sides = layer.sides
    known = None
    if sides is not None:
        from polysem._diagnose.final_state.sides import network_of_sides
        from polysem._diagnose.final_state.whole import Known

        known = Known(network_of_sides(sides))
    return diagnosis_of_layer(layer, source, related, settings, known, progress)


def diagnosis_of_layer(
    layer: Layer,
    source: str,
    related: Relatedness | None,
    settings: DiagnoseOptions,
    known: Known | None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Rows from weights; `known` — the whole network, for the final-state score."""
    from polysem._diagnose.final_state.opinion import with_opinions
    from polysem._diagnose.weights_tier import diagnose_weights, strength_of

    _fits(related, len(layer.weights))
    found = diagnose_weights(layer, related, settings.draws, settings.seed)
    network = None if known is None else known.implied
    findings, suggested = with_opinions(found.findings, strength_of(layer), network, progress)
    return Diagnosis(
        "weights",
        source,
        tuple(findings),
        found.nulls,
        layer.problems,
        found.capacity,
        notes=(
            _slots(found.capacity),
            *found.notes,
            *suggested,
            *(() if known is None else known.notes),
            f"Of relatedness: {found.words[0]}.",
        ),
        settings=settings.model_dump(mode="json"),
        profile=found.profile,
    )


def from_labels(
    activations: Any,
    labels: Any,
    names: Names,
    related: Relatedness | None,
    settings: DiagnoseOptions,
) -> Diagnosis:
    """Activations (samples, neurons) and labels (samples, features), arrays or files."""
    if activations is None or labels is None:
        missing = "labels" if labels is None else "activations"
        raise BadInput(f"Activations and labels go together; {missing} are missing.")
    from polysem._diagnose.inputs.recording import Recording
    from polysem._diagnose.labels_tier import diagnose_recording, diagnosis_of

    x, neuron_names = _read(activations, settings.key, "key")
    y, feature_names = _read(labels, settings.labels_key, "labels_key")
    recording = Recording.of(x, y, feature_names if names is None else names, neuron_names)
    _fits(related, len(recording.names))
    found = diagnose_recording(
        recording, related, settings.threshold, settings.draws, settings.seed
    )
    samples, neurons = recording.activations.shape
    source = f"{samples} samples of {neurons} neurons with {len(recording.names)} features"
    return diagnosis_of(found, "activations and labels", source, settings)


def _read(values: Any, key: str | None, option: str) -> tuple[Any, Names]:
    """An array and the names of its columns, if it came with any."""
    if isinstance(values, str | Path):
        stored = read_array(values, key)
        return stored.array, stored.columns
    if key is not None:
        raise BadInput(f"{option} names a tensor of a file, and no file was given; leave it out.")
    return values, None


def _one_network(weights: Any, settings: DiagnoseOptions) -> tuple[Any, str]:
    """One network of weights (networks, features, neurons), and which in words."""
    if getattr(weights, "ndim", 2) != 3:
        if settings.network:
            raise BadInput(
                f"network = {settings.network} is not allowed: these weights are one network's."
            )
        return weights, ""
    array = plain_array(weights, "weights")
    if settings.network >= len(array):
        raise BadInput(
            f"network = {settings.network} is not there: weights of shape {array.shape} hold "
            f"networks 0 to {len(array) - 1} (axis 0)."
        )
    return array[settings.network], f", network {settings.network} of {len(array)}"


def _fits(related: Relatedness | None, features: int) -> None:
    if related is not None and len(related.related) != features:
        raise BadInput(
            f"relatedness knows {len(related.related)} features and there are {features}; both "
            "must be the same."
        )


def _slots(capacity: Any) -> str:
    slots = capacity.slots
    return (
        f"{slots.features} live features on {slots.neurons} neurons: {slots.at_least_shared} "
        "neurons at least must be shared if every feature has a signed slot."
    )
