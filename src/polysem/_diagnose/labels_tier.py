"""Diagnosis from activations and labels, from memory or from a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.nulls.labels import CountRule, auroc_null, correlation_null
from polysem._diagnose.nulls.layer import (
    mixed_selectivity,
    privileged_activations,
    shared_by_chance,
)
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.profile import Profile, profile_of, sweep_of
from polysem._diagnose.rows import CANNOT_BE_TOLD, NOT_ASSESSABLE, NOT_POLYSEMANTIC, Finding
from polysem._diagnose.selectivity.correlation import (
    correlation,
    correlation_interval,
    correlation_p,
)
from polysem._diagnose.selectivity.many import benjamini_hochberg, holm
from polysem._diagnose.selectivity.measure import Measure, Selectivity, measure_selectivity
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.selectivity.sweep import THRESHOLDS
from polysem._diagnose.streaming.stream import StreamedSelectivity, stream_selectivity

THRESHOLD = 0.65
"""AUROC, or 1 − AUROC, from which a neuron counts as selective for a feature of two classes."""
CORRELATION = 0.26
"""|r| from which it does for a real feature: AUROC 0.65 of balanced normal classes is |r| 0.26."""
FALSE_DISCOVERIES = 0.05
SHOWN = 8
WORDS = "|2·AUROC − 1|, or |r| for real features"


@dataclass(frozen=True)
class LabelsResult:
    """Rows, nulls of the layer, problems, profile, and in words what counted as related."""

    findings: list[Finding]
    nulls: tuple[NullTest, ...]
    problems: tuple[NotAssessable, ...]
    words: tuple[str, ...]
    profile: Profile


@dataclass(frozen=True)
class _Pairs:
    """What the rows are made from: arrays (neurons, features), names, and the rule.

    `signed` — the selectivity that is compared with `bar` (features,); `p_neuron` — family-wise
    within the neuron; `shown` — the measure with its interval.
    """

    signed: np.ndarray
    bar: np.ndarray
    p_neuron: np.ndarray
    shown: Measure
    binary: np.ndarray
    neurons: tuple[str, ...]
    names: tuple[str, ...]
    related: Relatedness

    @property
    def significant(self) -> np.ndarray:
        """Pairs that survive Benjamini and Hochberg."""
        with np.errstate(invalid="ignore"):
            return benjamini_hochberg(self.shown.p) <= FALSE_DISCOVERIES

    @property
    def size(self) -> np.ndarray:
        """|signed|, −1 where it is not known."""
        return np.nan_to_num(np.abs(self.signed), nan=-1.0)


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
    pairs = _Pairs(
        np.where(binary, 2 * found.auroc.value - 1, found.correlation.value),
        np.where(binary, 2 * threshold - 1, CORRELATION),
        p_neuron,
        _pick(found.auroc, found.correlation, binary),
        binary,
        recording.neuron_names,
        recording.names,
        related,
    )
    findings, held = _rows(pairs, recording.problems)
    nulls = [n for n in (null.count,) if n is not None]
    nulls += privileged_activations(recording, seed)
    nulls.append(shared_by_chance(held, related, np.zeros(1), draws, seed))
    nulls += mixed_selectivity(found.correlation.value, seed)
    profile = _profile(pairs, held, threshold, _measures(found))
    return LabelsResult(findings, tuple(nulls), found.problems, (related.words,), profile)


def diagnose_stream(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    names: tuple[str, ...],
    relatedness: Relatedness | None = None,
    threshold: float = THRESHOLD,
    head: Recording | None = None,
    seed: int = 0,
) -> LabelsResult:
    """The same from a stream in constant memory; p-values by the normal law of the rank sum.

    AUROC is known to within a bound that widens its interval; real features are assessed by their
    correlation. Relatedness is taken from the correlations of the labels over the whole stream.
    `head` — the first samples, for the nulls that need samples at hand.
    """
    seen = stream_selectivity(batches)
    related = relatedness or _related_in(seen)
    pairs = _streamed_pairs(seen, names, related, threshold)
    problems = _stream_problems(seen, names)
    findings, held = _rows(pairs, problems)
    nulls = [] if head is None else list(privileged_activations(head, seed))
    nulls.append(shared_by_chance(held, related, np.zeros(1), 1000, seed))
    r = correlation(seen.moments)
    nulls += mixed_selectivity(r, seed)
    profile = _profile(pairs, held, threshold, {"auroc": seen.auroc, "correlation": r})
    return LabelsResult(findings, tuple(nulls), problems, (related.words,), profile)


def _streamed_pairs(
    seen: StreamedSelectivity, names: tuple[str, ...], related: Relatedness, threshold: float
) -> _Pairs:
    """AUROC with the normal law of the rank sum, correlation for real features."""
    moments, binary = seen.moments, seen.binary
    positive = moments.feature_mean * moments.n
    spread = np.maximum(positive * (moments.n - positive), 1)
    deviation = np.sqrt((moments.n + 1) / (3 * spread))
    r = correlation(moments)
    signed = np.where(binary, 2 * seen.auroc - 1, r)
    p = np.where(binary, 2 * ndtr(-np.abs(signed) / deviation), correlation_p(r, moments.n))
    low, high = correlation_interval(r, moments.n, 0, 0.95)
    half = 1.96 * deviation / 2 + seen.auroc_bound
    shown = Measure(
        np.where(binary, seen.auroc, r),
        np.where(binary, seen.auroc - half, low),
        np.where(binary, seen.auroc + half, high),
        p,
    )
    bar = np.where(binary, 2 * threshold - 1, CORRELATION)
    neurons = tuple(str(k) for k in range(len(r)))
    return _Pairs(
        signed, bar, np.stack([holm(row) for row in p]), shown, binary, neurons, names, related
    )


def _stream_problems(seen: StreamedSelectivity, names: tuple[str, ...]) -> tuple:
    """Neurons and features of a stream without a figure, and why."""
    rows = []
    for k in np.flatnonzero((seen.neurons_not_finite > 0) | (seen.moments.neurons == 0)):
        count = int(seen.neurons_not_finite[k])
        reason = "its activation is the same in every sample of the stream."
        if count:
            reason = f"{count} of {seen.moments.n} values are NaN or infinite."
        rows.append(NotAssessable("neuron", int(k), str(k), reason))
    for f in np.flatnonzero((seen.features_not_finite > 0) | (seen.moments.feature_squares == 0)):
        count = int(seen.features_not_finite[f])
        reason = "its label is the same in every sample of the stream: one class only."
        if count:
            reason = f"{count} of {seen.moments.n} labels are NaN or infinite."
        rows.append(NotAssessable("feature", int(f), names[f], reason))
    return tuple(rows)


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


def _pick(auroc: Measure, correlated: Measure, binary: np.ndarray) -> Measure:
    """AUROC for features of two classes, correlation for real ones."""
    parts = ((getattr(auroc, n), getattr(correlated, n)) for n in ("value", "low", "high", "p"))
    return Measure(*(np.where(binary, a, c) for a, c in parts))


def _measures(found: Selectivity) -> dict[str, np.ndarray]:
    names = ("auroc", "difference", "correlation", "partial", "information")
    return {name: getattr(found, name).value for name in names} | {"p": found.auroc.p}


def _profile(
    pairs: _Pairs, held: np.ndarray, threshold: float, measures: Mapping[str, np.ndarray]
) -> Profile:
    steps = np.array(THRESHOLDS)
    bars = np.where(pairs.binary, 2 * steps[:, None] - 1, correlation_of_auroc(steps)[:, None])
    words = "AUROC, or 1 − AUROC" if pairs.binary.all() else "AUROC, or the |r| that equals it"
    sweep = sweep_of(pairs.size, pairs.significant, pairs.related, steps, bars, threshold, words)
    return profile_of(
        pairs.signed, pairs.size, held, pairs.related, pairs.names, WORDS, sweep, measures
    )


def correlation_of_auroc(area: np.ndarray) -> np.ndarray:
    """|r| with the same separation, for two balanced normal classes: d = √2·Φ⁻¹(AUROC)."""
    d = np.sqrt(2) * ndtri(np.minimum(area, 1 - 1e-12))
    return d / np.sqrt(d**2 + 4)


def _rows(pairs: _Pairs, problems: tuple[NotAssessable, ...]) -> tuple[list[Finding], np.ndarray]:
    """One row per neuron, and which pairs are selective: (neurons, features)."""
    bad = {row.index: row.reason for row in problems if row.kind == "neuron"}
    size = pairs.size
    selective = (size >= pairs.bar - 1e-12) & pairs.significant
    groups = pairs.related.groups(selective)
    rows = []
    for k, name in enumerate(pairs.neurons):
        if k in bad or (size[k] < 0).all():
            reason = bad.get(k, "no feature can be assessed on it.")
            rows.append(Finding(k, name, verdict=NOT_ASSESSABLE, evidence=reason))
            continue
        rows.append(_row(pairs, k, size[k], selective[k], int(groups[k])))
    return rows, selective


def _row(pairs: _Pairs, k: int, size: np.ndarray, selective: np.ndarray, groups: int) -> Finding:
    order = np.argsort(-size, kind="stable")
    held = [f for f in order if selective[f]]
    second = _second(order, pairs.related)
    best = order[0]
    return Finding(
        k,
        pairs.neurons[k],
        tuple(pairs.names[f] for f in held[:SHOWN]),
        tuple(float(pairs.signed[k, f]) for f in held[:SHOWN]),
        groups,
        groups >= 2,
        float(pairs.shown.value[k, best]),
        float(pairs.shown.low[k, best]),
        float(pairs.shown.high[k, best]),
        None if second is None else max(float(size[second]), 0.0),
        None if second is None else float(pairs.p_neuron[k, second]),
        CANNOT_BE_TOLD if groups >= 2 else NOT_POLYSEMANTIC,
        evidence=_words(len(held), groups),
    )


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
