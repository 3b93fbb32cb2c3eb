"""Diagnosis from a stream of batches, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.inputs.recording import FEWEST_OF_A_CLASS, Recording
from polysem._diagnose.labels_tier import THRESHOLD, LabelsResult
from polysem._diagnose.nulls.labels import CountRule, auroc_null
from polysem._diagnose.nulls.layer import (
    mixed_selectivity,
    privileged_activations,
    shared_by_chance,
)
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.pair_rows import Pairs, explained_note, profile_from, rows_of
from polysem._diagnose.selectivity.adjusted import Sums
from polysem._diagnose.selectivity.correlation import (
    correlation,
    correlation_interval,
    correlation_p,
)
from polysem._diagnose.selectivity.many import holm
from polysem._diagnose.selectivity.measure import Measure
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.streaming.stream import StreamedSelectivity, stream_selectivity

TWINS = 1 - 1e-9  # correlation of labels that are the same, or opposite, in every sample


def diagnose_stream(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    names: tuple[str, ...],
    relatedness: Relatedness | None = None,
    threshold: float = THRESHOLD,
    head: Recording | None = None,
    seed: int = 0,
    draws: int = 1000,
) -> LabelsResult:
    """The same from a stream in constant memory; p-values by the normal law of the rank sum.

    AUROC is known to within a bound that widens its interval; features of more than two values
    are assessed by their correlation. Relatedness is taken from the correlations of the labels
    over the whole stream. `head` — the first samples, for the nulls that need samples at hand.
    """
    seen = stream_selectivity(batches)
    labels = _label_correlations(seen)
    related = relatedness or _related_in(labels)
    problems = _stream_problems(seen, names, labels)
    left_out = [row.index for row in problems if row.kind == "feature"]
    pairs = _streamed_pairs(seen, names, related, threshold, labels, left_out)
    r = correlation(seen.moments)
    r[:, left_out] = np.nan
    nulls = [] if head is None else _head_nulls(head, CountRule(threshold, related), draws, seed)
    nulls.append(shared_by_chance(pairs.adjusted.held, related, np.zeros(1), draws, seed))
    nulls += mixed_selectivity(r, seed)
    profile = profile_from(pairs, {"auroc": seen.auroc, "correlation": r})
    findings = rows_of(pairs, problems)
    words = (related.words, *explained_note(pairs))
    return LabelsResult(findings, tuple(nulls), problems, words, profile)


def _head_nulls(head: Recording, rule: CountRule, draws: int, seed: int) -> list[NullTest]:
    """Permuted labels and rotations on the first samples of the stream."""
    found = list(privileged_activations(head, seed))
    if head.binary.all():
        count = auroc_null(head.activations, head.labels, draws, seed, rule).count
        if count is not None:
            words = f"{count.statistic} (first {len(head.labels):,} samples)"
            found.insert(0, replace(count, statistic=words))
    return found


def _streamed_pairs(
    seen: StreamedSelectivity,
    names: tuple[str, ...],
    related: Relatedness,
    threshold: float,
    labels: np.ndarray,
    left_out: list[int],
) -> Pairs:
    """AUROC with the normal law of the rank sum, correlation for real features."""
    moments, binary, n = seen.moments, seen.binary, seen.moments.n
    positive = moments.feature_mean * n
    spread = np.maximum(positive * (n - positive), 1)
    deviation = np.sqrt((n + 1) / (3 * spread))
    r = correlation(moments)
    signed = np.where(binary, 2 * seen.auroc - 1, r)
    signed[:, left_out] = np.nan
    p = np.where(binary, 2 * ndtr(-np.abs(signed) / deviation), correlation_p(r, n))
    p[:, left_out] = np.nan
    low, high = correlation_interval(r, n, 0, 0.95)
    half = 1.96 * deviation / 2 + seen.auroc_bound
    shown = Measure(
        np.where(binary, seen.auroc, r),
        np.where(binary, np.maximum(seen.auroc - half, 0), low),
        np.where(binary, np.minimum(seen.auroc + half, 1), high),
        p,
    )
    ranks = np.full(len(r), n * (n**2 - 1) / 3)  # without ties; with some, p is too large
    sums = Sums(signed, labels, np.where(binary, positive, 0), binary, n, ranks)
    neurons = tuple(str(k) for k in range(len(r)))
    adjusted_p = np.stack([holm(row) for row in p])
    return Pairs(sums, threshold, adjusted_p, shown, neurons, names, related)


def _stream_problems(
    seen: StreamedSelectivity, names: tuple[str, ...], labels: np.ndarray
) -> tuple[NotAssessable, ...]:
    """Neurons and features of a stream without a figure, and why."""
    n, rows = seen.moments.n, []
    for k in np.flatnonzero((seen.neurons_not_finite > 0) | (seen.moments.neurons == 0)):
        count = int(seen.neurons_not_finite[k])
        reason = "its activation is the same in every sample of the stream."
        if count:
            reason = f"{count} of {n} values {_are(count)} NaN or infinite."
        rows.append(NotAssessable("neuron", int(k), str(k), reason))
    good: list[int] = []
    for f in range(len(names)):
        reason = _trouble(seen, f) or _twin(labels[f], bool(seen.binary[f]), good, names)
        if reason:
            rows.append(NotAssessable("feature", f, names[f], reason))
        else:
            good.append(f)
    return tuple(rows)


def _trouble(seen: StreamedSelectivity, f: int) -> str:
    n, count = seen.moments.n, int(seen.features_not_finite[f])
    if count:
        return f"{count} of {n} labels {_are(count)} NaN or infinite."
    if seen.moments.feature_squares[f] == 0:
        return "its label is the same in every sample of the stream: one class only."
    positive = int(np.rint(seen.moments.feature_mean[f] * n))
    if seen.binary[f] and min(positive, n - positive) < FEWEST_OF_A_CLASS:
        return f"1 of {n} samples is in its smaller class; at least {FEWEST_OF_A_CLASS} are needed."
    return ""


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _twin(correlations: np.ndarray, binary: bool, good: list[int], names: tuple[str, ...]) -> str:
    """Why the feature adds nothing to an earlier one, or ''."""
    for other in good:
        if abs(correlations[other]) >= TWINS:
            said = "the same labels as" if correlations[other] > 0 else "the opposite labels of"
            if not binary:
                said = "labels that are a linear function of"
            return f"it has {said} feature {names[other]!r}, which is assessed."
    return ""


def _label_correlations(seen: StreamedSelectivity) -> np.ndarray:
    products = seen.moments.features
    size = np.sqrt(np.diagonal(products))
    outer = np.outer(size, size)
    return np.divide(products, outer, out=np.zeros_like(products), where=outer > 0)


def _related_in(labels: np.ndarray) -> Relatedness:
    """Co-occurrence from the streamed second moments of the labels."""
    related = Relatedness.from_similarity(labels)
    return Relatedness(
        related.related, "features whose labels correlate at 0.5 or above are related"
    )
