"""`polysem.diagnose`: weights, activations with labels, or a live model; one kind of result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from polysem._diagnose.arrays_tiers import from_labels, from_weights
from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput

Progress = Callable[[float, float], None]

BELONG = {"transpose": ("weights",), "network": ("weights", "a run"), "init_caused": ("a run",)}
"""Options of some tiers only."""


def diagnose(
    source: Any = None,
    *,
    outgoing: Any = None,
    bias: Any = None,
    outgoing_bias: Any = None,
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

    By what is given:

    - **weights**: `source` — encoding weights (features, neurons), an array, a data frame or a file
      (.npy, .safetensors, .parquet, a checkpoint of tensors); `outgoing` (neurons, outputs) if
      there are any, and where these lead back to the features the biases of the neurons, `bias`,
      and of the outputs, `outgoing_bias`, which make the final-state score surer.
    - **activations and labels**: `activations` (samples, neurons) and `labels` (samples, features),
      arrays, data frames or files.
    - **a model without data**: `source` — a `torch.nn.Module` that gives its inputs back, `site` a
      layer next to its inputs or outputs: the weights there, with the whole model for the
      final-state score.
    - **live model**: `source` — a `torch.nn.Module` with `site`, `data` (an iterable of batches
      (inputs, labels), read once; kept in memory with a loss) and, for the origin,
      `loss(model, inputs, labels)`; or a run of `simulate` or `train`, or any `Rewirable` network,
      which bring their own loss.

    `names` — of the features. `related` — a `polysem.Relatedness`: which of them are related
    (sharing related features is not polysemanticity); by default those whose labels correlate at
    0.5 or above, none without labels. `progress(done, total)` — called during retraining.
    `options`: see `DiagnoseOptions`.

    Returns a `Diagnosis`. Raises `BadInput` for what cannot be assessed at all; a single neuron or
    feature that cannot is a row that says why.
    """
    settings = DiagnoseOptions.build(**options)
    if related is not None and not isinstance(related, Relatedness):
        raise BadInput(
            f"related is {type(related).__name__}; give polysem.Relatedness, made from labels, a "
            "similarity or a hierarchy."
        )
    live = {"site": site, "data": data, "loss": loss}
    beside = {"outgoing": outgoing, "bias": bias, "outgoing_bias": outgoing_bias}
    if activations is not None or labels is not None:
        if source is not None:
            raise BadInput("Give weights or a model, or activations with labels, not both.")
        _refuse(live | beside, "activations with labels")
        _check_belong(settings, "activations with labels")
        return from_labels(activations, labels, names, related, settings)
    if source is None:
        raise BadInput("Nothing to diagnose; give weights, activations with labels, or a model.")
    if not _is_module(source):
        unused = _given(live)
        if unused:
            raise BadInput(f"{unused} belong to a torch.nn.Module, which source is not.")
        if not _is_network(source) and not _is_run(source):
            _check_belong(settings, "weights")
            return from_weights(source, beside, names, related, settings, progress)
    _refuse(beside, "a model or a run")
    _check_belong(settings, "a run" if _is_run(source) else "a model")
    from polysem._diagnose import live as doors

    if _is_module(source):
        return doors.of_module(source, site, data, loss, names, related, settings, progress)
    if _is_network(source):
        return doors.of_network(source, names, related, settings, progress)
    return doors.of_run(source, names, related, settings, progress)


def _refuse(arguments: dict[str, Any], tier: str) -> None:
    """`BadInput` for arguments that would be left unused."""
    if unused := _given(arguments):
        raise BadInput(f"{unused} cannot be used with {tier}.")


def _check_belong(settings: DiagnoseOptions, tier: str) -> None:
    """`BadInput` for options that would change nothing here though they say that they do."""
    for name, tiers in BELONG.items():
        if getattr(settings, name) and tier not in tiers:
            raise BadInput(
                f"{name} belongs to {' or '.join(tiers)}, not to {tier}; leave out {name}."
            )


def _given(arguments: dict[str, Any]) -> str:
    return " and ".join(name for name, value in arguments.items() if value is not None)


def _is_module(source: Any) -> bool:
    """True for a torch module; torch is not imported to find out."""
    return hasattr(source, "named_modules") and hasattr(source, "state_dict")


def _is_network(source: Any) -> bool:
    return hasattr(source, "losses") and hasattr(source, "wires")


def _is_run(source: Any) -> bool:
    return hasattr(source, "spec") and hasattr(source, "seeds")
