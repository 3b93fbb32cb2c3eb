"""`polysem.diagnose`: weights, activations with labels, or a live model; one kind of result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.inputs.files import read_array
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput

Progress = Callable[[float, float], None]


def diagnose(
    source: Any = None,
    *,
    outgoing: Any = None,
    activations: Any = None,
    labels: Any = None,
    site: str | None = None,
    data: Iterable[Any] | None = None,
    loss: Any = None,
    names: Sequence[str] | None = None,
    related: Relatedness | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Diagnosis:
    """Which neurons are polysemantic, with evidence; and could that be removed at no cost?

    One of three tiers, by what is given:

    - **weights**: `source` — encoding weights (features, neurons), an array or a file (.npy,
      .safetensors, .parquet); `outgoing` (neurons, outputs) if there are any.
    - **activations and labels**: `activations` (samples, neurons) and `labels` (samples, features),
      arrays, data frames or files.
    - **live model**: `source` — a `torch.nn.Module` with `site`, `data` (an iterable of batches
      (inputs, labels), read more than once) and, for the origin, `loss(model, inputs, labels)`; or
      a run of `simulate` or `train`, or any `Rewirable` network, which bring their own loss.

    `names` — of the features. `related` — which of them are related (sharing related features is
    not polysemanticity); by default those whose labels correlate at 0.5 or above, none without
    labels. `progress(done, total)` — called during retraining. `options`: see `DiagnoseOptions`.

    Returns a `Diagnosis`. Raises `BadInput` for what cannot be assessed at all; a single neuron or
    feature that cannot is a row that says why.
    """
    settings = DiagnoseOptions.build(**options)
    if activations is not None or labels is not None:
        if source is not None:
            raise BadInput("Give weights or a model, or activations with labels, not both.")
        return _from_labels(activations, labels, names, related, settings)
    if source is None:
        raise BadInput("Nothing to diagnose; give weights, activations with labels, or a model.")
    if _is_module(source):
        from polysem._diagnose.live import of_module

        return of_module(source, site, data, loss, names, related, settings, progress)
    if site is not None or data is not None or loss is not None:
        raise BadInput("site, data and loss belong to a torch.nn.Module, which source is not.")
    if hasattr(source, "losses") and hasattr(source, "wires"):
        from polysem._diagnose.live import of_network

        return of_network(source, names, related, settings, progress)
    if hasattr(source, "spec") and hasattr(source, "seeds"):
        from polysem._diagnose.live import of_run

        return of_run(source, names, related, settings, progress)
    return _from_weights(source, outgoing, names, related, settings)


def _is_module(source: Any) -> bool:
    """True for a torch module; torch is not imported to find out."""
    return hasattr(source, "named_modules") and hasattr(source, "state_dict")


def _read(values: Any, key: str | None = None) -> tuple[Any, Sequence[str] | None]:
    if isinstance(values, str | Path):
        stored = read_array(values, key)
        return stored.array, stored.columns
    return values, None


def _from_weights(
    weights: Any,
    outgoing: Any,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
) -> Diagnosis:
    from polysem._diagnose.final_state.opinion import with_opinions
    from polysem._diagnose.inputs.layer import Layer
    from polysem._diagnose.weights_tier import diagnose_weights, strength_of

    array, _ = _read(weights, settings.key)
    leading, _ = _read(outgoing, settings.outgoing_key)
    if settings.transpose:
        array = array.T
    layer = Layer.of(array, leading, names)
    found = diagnose_weights(layer, related, settings.draws, settings.seed)
    findings, suggested = with_opinions(found.findings, strength_of(layer))
    return Diagnosis(
        "weights",
        f"Weights of {layer.weights.shape[0]} features on {layer.weights.shape[1]} neurons",
        tuple(findings),
        found.nulls,
        layer.problems,
        found.capacity,
        notes=(
            _slots(found.capacity),
            *found.notes,
            *suggested,
            f"Of relatedness: {found.words[0]}.",
        ),
        settings=settings.model_dump(mode="json"),
        profile=found.profile,
    )


def _slots(capacity: Any) -> str:
    slots = capacity.slots
    return (
        f"{slots.features} live features on {slots.neurons} neurons: {slots.at_least_shared} "
        "neurons at least must be shared if every feature has a signed slot."
    )


def _from_labels(
    activations: Any,
    labels: Any,
    names: Sequence[str] | None,
    related: Relatedness | None,
    settings: DiagnoseOptions,
) -> Diagnosis:
    if activations is None or labels is None:
        missing = "labels" if labels is None else "activations"
        raise BadInput(f"Activations and labels go together; {missing} are missing.")
    from polysem._diagnose.inputs.recording import Recording
    from polysem._diagnose.labels_tier import diagnose_recording

    x, neuron_names = _read(activations)
    y, feature_names = _read(labels)
    recording = Recording.of(x, y, names or feature_names, neuron_names)
    found = diagnose_recording(
        recording, related, settings.threshold, settings.draws, settings.seed
    )
    samples, neurons = recording.activations.shape
    return Diagnosis(
        "activations and labels",
        f"{samples} samples of {neurons} neurons with {len(recording.names)} features",
        tuple(found.findings),
        found.nulls,
        found.problems,
        notes=(f"Of relatedness: {found.words[0]}.",),
        settings=settings.model_dump(mode="json"),
        profile=found.profile,
    )
