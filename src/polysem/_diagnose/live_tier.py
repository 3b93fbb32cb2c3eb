"""Diagnosis of a live network: its activations, and the origin by matched retraining."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from math import isfinite
from typing import Any

import numpy as np
from torch import nn

from polysem._diagnose.inputs.arrays import column_names
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.labels_tier import LabelsResult, diagnose_recording
from polysem._diagnose.origin.layer import Origin
from polysem._diagnose.origin.network import Rewirable, strengths
from polysem._diagnose.origin.removal import Removal
from polysem._diagnose.origin.verdict import evidence, shipped, unsettled, verdict
from polysem._diagnose.rows import NOT_POLYSEMANTIC, Finding
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.sites.modules import find_site
from polysem._diagnose.sites.record import SiteReader, opened
from polysem._diagnose.stream_tier import diagnose_stream
from polysem._diagnose.weights_tier import WeightsResult, diagnose_weights

IN_MEMORY = 2**27  # activations; longer recordings are streamed

HEAD = 16  # batches of a stream that the nulls look at

Batch = tuple[np.ndarray, np.ndarray]


def diagnose_site(
    model: nn.Module,
    site: str | None,
    data: Iterable[Any],
    names: Sequence[str] | None,
    relatedness: Relatedness | None,
    threshold: float,
    draws: int,
    seed: int,
) -> tuple[str, LabelsResult]:
    """Rows for the activations at a site; in memory if they fit, else streamed. Reads data once.

    Returns the full path of the site beside the result.
    """
    inputs, every = opened(data)
    path, module = find_site(model, site, inputs)
    reader = SiteReader(model, module)
    kept, rest = _as_many_as_fit(reader.batches(every))
    features = kept[0][1].shape[1]
    names = column_names(names, reader, features, "feature")
    if rest is None:
        x, y = (np.concatenate(part) for part in zip(*kept, strict=True))
        recording = Recording.of(x, y, names)
        found = diagnose_recording(recording, relatedness, threshold, draws, seed)
    else:
        x, y = (np.concatenate(part) for part in zip(*kept[:HEAD], strict=True))
        head = Recording.of(x, y, names)
        every = chain(kept, rest)
        found = diagnose_stream(every, names, relatedness, threshold, head, seed, draws)
    return path, replace(found, words=(*found.words, *filter(None, [reader.words])))


def _as_many_as_fit(batches: Iterator[Batch]) -> tuple[list[Batch], Iterator[Batch] | None]:
    """Batches up to `IN_MEMORY` numbers, and the rest if there is more."""
    kept, size = [], 0
    for batch in batches:
        kept.append(batch)
        size += batch[0].size + batch[1].size
        if size > IN_MEMORY:
            return kept, batches
    return kept, None


def diagnose_wires(
    network: Rewirable,
    names: Sequence[str] | None,
    relatedness: Relatedness | None,
    draws: int,
    seed: int,
) -> WeightsResult:
    """Rows from the strengths of the wires; who represents what is the network's own reading."""
    size = strengths(network, network.parameters())
    signed = network.wires[0].view(network.parameters()).sign() * size
    layer = Layer.of(signed.cpu().numpy(), names=names)
    return diagnose_weights(layer, relatedness, draws, seed)


def with_origin(findings: list[Finding], origin: Origin, names: Sequence[str]) -> list[Finding]:
    """Rows with the verdict of every neuron that was retrained.

    A neuron that is polysemantic by one reading (activations) and not by the other (wires) and was
    not tested keeps its row; its evidence says so.
    """
    by_neuron = {removal.neuron: removal for removal in (*origin.recorded, *origin.removals)}
    rows = []
    for finding in findings:
        removal = by_neuron.get(finding.neuron)
        if removal is not None:
            rows.append(_tested(finding, removal, origin, names))
        elif finding.polysemantic:
            said = f"{finding.evidence.split(';')[0]}; its weights carry one feature at most, so "
            rows.append(replace(finding, evidence=f"{said}no origin was tested"))
        else:
            rows.append(finding)
    return rows


def _tested(finding: Finding, removal: Removal, origin: Origin, names: Sequence[str]) -> Finding:
    calibration = shipped() if removal.by == "weights" else None
    said = evidence(removal, origin.horizon.words())
    if removal.by != "weights":
        said = f"polysemantic by its recordings, not by its weights; {said}; no calibration of this"
    if finding.verdict == NOT_POLYSEMANTIC:
        carried = ", ".join(names[f] for f in removal.features)
        said = f"not selective in its activations, its weights carry {carried}; {said}"
    if calibration is None:
        probability = None
    else:
        probability = calibration.probability(removal.cost, unsettled(removal))
        if not calibration.covers(removal.cost, origin.horizon.steps):
            said += "; outside calibration range"
    return replace(
        finding,
        verdict=verdict(removal),
        probability=probability,
        cost=None if removal.unreached and not isfinite(removal.cost) else removal.cost,
        cost_low=removal.low,
        cost_high=removal.high,
        layer_count_falls=removal.count_falls >= 1,
        init_caused=origin.init_caused.get(removal.neuron),
        evidence=said,
    )
