"""Diagnosis from activations and labels in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.nulls.labels import CountRule, auroc_null, correlation_null
from polysem._diagnose.nulls.layer import (
    mixed_selectivity,
    privileged_activations,
    shared_by_chance,
)
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.options import DiagnoseOptions
from polysem._diagnose.pair_rows import Pairs, explained_note, profile_from, rows_of
from polysem._diagnose.profile import Profile
from polysem._diagnose.rows import Finding
from polysem._diagnose.selectivity.adjusted import Sums
from polysem._diagnose.selectivity.measure import Measure, Selectivity, measure_selectivity
from polysem._diagnose.selectivity.ranks import centred_ranks
from polysem._diagnose.selectivity.relatedness import Relatedness

THRESHOLD = 0.65
"""AUROC, or 1 − AUROC, from which a neuron counts as selective for a feature of two classes."""


@dataclass(frozen=True)
class LabelsResult:
    """Rows, nulls of the layer, problems, profile; `words` — what counted as related, remarks."""

    findings: list[Finding]
    nulls: tuple[NullTest, ...]
    problems: tuple[NotAssessable, ...]
    words: tuple[str, ...]
    profile: Profile


def diagnose_recording(
    recording: Recording,
    relatedness: Relatedness | None = None,
    threshold: float = THRESHOLD,
    draws: int = 1000,
    seed: int = 0,
) -> LabelsResult:
    """Rows for activations (samples, neurons) and labels (samples, features).

    A neuron is selective for a feature of two classes at AUROC (or 1 − AUROC) ≥ `threshold`, for a
    real one at |r| ≥ 0.26, in both cases only if its test rejects (Mann–Whitney or correlation;
    Benjamini and Hochberg, 5 % false discoveries over all pairs), and only if the same holds with
    the neuron's stronger features held equal (`selectivity.adjusted`). Score: what the second group
    of features has of the largest possible selectivity by itself, |2·AUROC − 1| or |r|; its p:
    family-wise over the neuron's features, the larger of that under permuted labels and that with
    the stronger features held equal.
    """
    related = relatedness or Relatedness.from_labels(recording.labels)
    rule = CountRule(threshold, related)
    found = measure_selectivity(recording)
    x, binary = recording.activations, recording.binary
    null = auroc_null(x, recording.binary_labels, draws, seed, rule if binary.all() else None)
    p_neuron = null.p_neuron
    if not binary.all():
        real = correlation_null(x, recording.labels, draws, seed)
        p_neuron = np.where(binary, null.p_neuron, real.p_neuron)
    pairs = Pairs(
        _sums(recording, found),
        threshold,
        p_neuron,
        _pick(found.auroc, found.correlation, binary),
        recording.neuron_names,
        recording.names,
        related,
    )
    nulls = [n for n in (null.count,) if n is not None]
    nulls += privileged_activations(recording, seed)
    nulls.append(shared_by_chance(pairs.adjusted.held, related, np.zeros(1), draws, seed))
    nulls += mixed_selectivity(found.correlation.value, seed)
    return LabelsResult(
        rows_of(pairs, recording.problems),
        tuple(nulls),
        found.problems,
        (related.words, *explained_note(pairs)),
        profile_from(pairs, _measures(found)),
    )


def diagnosis_of(
    found: LabelsResult, tier: str, source: str, settings: DiagnoseOptions
) -> Diagnosis:
    """What labels told as a `Diagnosis`; `tier` and `source` are its words."""
    return Diagnosis(
        tier,
        source,
        tuple(found.findings),
        found.nulls,
        found.problems,
        notes=(f"Of relatedness: {found.words[0]}.", *found.words[1:]),
        settings=settings.model_dump(mode="json"),
        profile=found.profile,
    )


def _sums(recording: Recording, found: Selectivity) -> Sums:
    """Selectivity and what it takes to control one feature for others."""
    binary = recording.binary
    signed = np.where(binary, 2 * found.auroc.value - 1, found.correlation.value)
    return Sums.of(signed, recording.labels, binary, centred_ranks(recording.activations))


def _pick(auroc: Measure, correlated: Measure, binary: np.ndarray) -> Measure:
    """AUROC for features of two classes, correlation for real ones."""
    parts = ((getattr(auroc, n), getattr(correlated, n)) for n in ("value", "low", "high", "p"))
    return Measure(*(np.where(binary, a, c) for a, c in parts))


def _measures(found: Selectivity) -> dict[str, np.ndarray]:
    names = ("auroc", "difference", "correlation", "partial", "information")
    return {name: getattr(found, name).value for name in names} | {"p": found.auroc.p}
