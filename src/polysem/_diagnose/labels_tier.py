"""Diagnosis from activations and labels, from memory or from a stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.nulls.labels import CountRule, auroc_null, correlation_null
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.nulls.rotation import rotation_null
from polysem._diagnose.nulls.statistics import mean_best_selectivity
from polysem._diagnose.rows import CANNOT_BE_TOLD, NOT_ASSESSABLE, NOT_POLYSEMANTIC, Finding
from polysem._diagnose.selectivity.many import benjamini_hochberg, holm
from polysem._diagnose.selectivity.measure import Measure, measure_selectivity
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.streaming.stream import StreamedSelectivity, stream_selectivity

THRESHOLD = 0.65
"""AUROC, or 1 − AUROC, from which a neuron counts as selective for a feature of two classes."""
CORRELATION = 0.26
"""|r| from which it does for a real feature: AUROC 0.65 of balanced normal classes is |r| 0.26."""
FALSE_DISCOVERIES = 0.05
ROTATED = 2**21  # activations; larger recordings get no rotation null
SHOWN = 8


@dataclass(frozen=True)
class LabelsResult:
    """Rows, nulls of the layer, problems, and in words what counted as related."""

    findings: list[Finding]
    nulls: tuple[NullTest, ...]
    problems: tuple[NotAssessable, ...]
    words: tuple[str, ...]


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
    Benjamini and Hochberg, 5 % false discoveries over all pairs). Score: what the second group of
    features has of the largest possible selectivity, |2·AUROC − 1| or |r|; its p: family-wise over
    the neuron's features under permuted labels.
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
    signed = np.where(binary, 2 * found.auroc.value - 1, found.correlation.value)
    bar = np.where(binary, 2 * threshold - 1, CORRELATION)
    shown = _pick(found.auroc, found.correlation, binary)
    findings = _rows(
        recording.neuron_names,
        recording.names,
        recording.problems,
        related,
        signed,
        bar,
        p_neuron,
        shown,
    )
    nulls = tuple(n for n in (null.count,) if n is not None) + _rotation(recording, seed)
    return LabelsResult(findings, nulls, found.problems, (related.words,))


def diagnose_stream(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    names: tuple[str, ...],
    relatedness: Relatedness | None = None,
    threshold: float = THRESHOLD,
) -> LabelsResult:
    """The same from a stream in constant memory; p-values by the normal law of the rank sum.

    AUROC is known to within a bound that widens its interval. Only features of two classes are
    assessed; relatedness is taken from the correlations of the labels over the whole stream.
    """
    seen = stream_selectivity(batches)
    related = relatedness or _related_in(seen)
    signed = 2 * seen.auroc - 1
    positive = seen.moments.feature_mean * seen.moments.n
    negative = seen.moments.n - positive
    deviation = np.sqrt((seen.moments.n + 1) / (3 * np.maximum(positive * negative, 1)))
    p = 2 * ndtr(-np.abs(signed) / deviation)
    p_neuron = np.stack([holm(row) for row in p])
    half = 1.96 * deviation / 2 + seen.auroc_bound
    interval = Measure(seen.auroc, seen.auroc - half, seen.auroc + half, p)
    bar = np.full(len(names), 2 * threshold - 1)
    neurons = seen.auroc.shape[0]
    unknown = np.isnan(seen.auroc).all(1)
    problems = tuple(
        NotAssessable("neuron", int(k), str(k), "constant, or not finite, in the stream.")
        for k in np.flatnonzero(unknown)
    )
    labels = tuple(str(k) for k in range(neurons))
    findings = _rows(labels, names, problems, related, signed, bar, p_neuron, interval)
    return LabelsResult(findings, (), problems, (related.words,))


def _related_in(seen: StreamedSelectivity) -> Relatedness:
    """Co-occurrence from the streamed second moments of the labels."""
    products = seen.moments.features
    size = np.sqrt(np.diagonal(products))
    outer = np.outer(size, size)
    r = np.divide(products, outer, out=np.zeros_like(products), where=outer > 0)
    related = Relatedness.from_similarity(r)
    return Relatedness(
        related.related, "features whose labels correlate at 0.5 or above are related"
    )


def _pick(auroc: Measure, correlation: Measure, binary: np.ndarray) -> Measure:
    """AUROC for features of two classes, correlation for real ones."""
    parts = ((getattr(auroc, n), getattr(correlation, n)) for n in ("value", "low", "high", "p"))
    return Measure(*(np.where(binary, a, c) for a, c in parts))


def _rows(
    neurons: tuple[str, ...],
    names: tuple[str, ...],
    problems: tuple[NotAssessable, ...],
    related: Relatedness,
    signed: np.ndarray,
    bar: np.ndarray,
    p_neuron: np.ndarray,
    shown: Measure,
) -> list[Finding]:
    bad = {row.index: row.reason for row in problems if row.kind == "neuron"}
    size = np.nan_to_num(np.abs(signed), nan=-1.0)
    with np.errstate(invalid="ignore"):
        selective = (size >= bar - 1e-12) & (benjamini_hochberg(shown.p) <= FALSE_DISCOVERIES)
    groups = related.groups(selective)
    rows = []
    for k, name in enumerate(neurons):
        if k in bad or (size[k] < 0).all():
            reason = bad.get(k, "no feature can be assessed on it.")
            rows.append(Finding(k, name, verdict=NOT_ASSESSABLE, evidence=reason))
            continue
        order = np.argsort(-size[k], kind="stable")
        held = [f for f in order if selective[k, f]]
        second = _second(order, related)
        poly = bool(groups[k] >= 2)
        best = order[0]
        rows.append(
            Finding(
                k,
                name,
                tuple(names[f] for f in held[:SHOWN]),
                tuple(float(signed[k, f]) for f in held[:SHOWN]),
                int(groups[k]),
                poly,
                float(shown.value[k, best]),
                float(shown.low[k, best]),
                float(shown.high[k, best]),
                None if second is None else max(float(size[k, second]), 0.0),
                None if second is None else float(p_neuron[k, second]),
                CANNOT_BE_TOLD if poly else NOT_POLYSEMANTIC,
                evidence=_words(len(held), int(groups[k])),
            )
        )
    return rows


def _second(order: np.ndarray, related: Relatedness) -> int | None:
    """The strongest feature that is not related to the neuron's strongest one."""
    others = (int(f) for f in order[1:] if not related.related[order[0], f])
    return next(others, None)


def _words(features: int, groups: int) -> str:
    if features == 0:
        return "selective for no feature"
    if groups < 2:
        return "one feature" if features == 1 else f"{features} related features"
    return f"{features} features in {groups} groups; without the loss its origin cannot be told"


def _rotation(recording: Recording, seed: int) -> tuple[NullTest, ...]:
    """Is the neuron basis better than a random one?"""
    good = recording.usable("neuron")
    if recording.activations.size > ROTATED or not recording.binary.any() or not good.any():
        return ()
    statistic = mean_best_selectivity(recording.labels[:, recording.binary])
    x = recording.activations[:, good]
    return (rotation_null(x, statistic, 20, seed, "mean best selectivity of neurons"),)
