"""All measures of selectivity of a recording, with their intervals and p-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.selectivity.auroc import auroc_of_ranks, rank_sum_p
from polysem._diagnose.selectivity.auroc_intervals import auroc_interval, delong_variance
from polysem._diagnose.selectivity.correlation import (
    collinear,
    correlation,
    correlation_interval,
    correlation_p,
    partial_correlation,
)
from polysem._diagnose.selectivity.differences import difference_interval, standardised_difference
from polysem._diagnose.selectivity.information import mutual_information
from polysem._diagnose.selectivity.moments import Moments
from polysem._diagnose.selectivity.ranks import centred_ranks, class_sizes
from polysem._errors import BadInput


@dataclass(frozen=True)
class Measure:
    """One measure of every pair: `value`, `low`, `high`, `p`, each (neurons, features).

    NaN where it cannot be assessed; `low` and `high` are NaN throughout for a measure without an
    interval, `p` for one whose p is another's.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


@dataclass(frozen=True)
class Selectivity:
    """Every measure of a recording; intervals at `level`, p-values for one pair on its own.

    `auroc` and `difference` (Hedges' g; its p is the correlation's) need labels of two values and
    are NaN for real ones. `correlation` is point-biserial for labels of two values. `partial`
    controls for all other features. `information` is in bits, without an interval. `problems` —
    everything not assessable.
    """

    auroc: Measure
    difference: Measure
    correlation: Measure
    partial: Measure
    information: Measure
    level: float
    problems: tuple[NotAssessable, ...]


def measure_selectivity(recording: Recording, level: float = 0.95) -> Selectivity:
    """Measure every neuron for every feature; intervals at `level`, between 0 and 1."""
    if not 0 < level < 1:
        raise BadInput(f"level = {level} is not allowed: give a number between 0 and 1.")
    x, y = recording.activations, recording.labels
    moments = Moments.of(x, y)
    bits = mutual_information(x, y)
    unknown = np.full(bits.bits.shape, np.nan)
    return Selectivity(
        _auroc(recording, level),
        _difference(recording, moments, level),
        _correlation(moments, level),
        _partial(moments, level),
        Measure(bits.bits, unknown, unknown, bits.p),
        level,
        (*recording.problems, *measure_problems(recording, moments)),
    )


def _auroc(recording: Recording, level: float) -> Measure:
    ranks, labels = centred_ranks(recording.activations), recording.binary_labels
    area = auroc_of_ranks(ranks, labels)
    variance = delong_variance(recording.activations, labels)
    low, high = auroc_interval(area, variance, *class_sizes(labels), level)
    return Measure(area, low, high, rank_sum_p(ranks, labels))


def _difference(recording: Recording, moments: Moments, level: float) -> Measure:
    g = standardised_difference(moments)
    g[:, ~recording.binary] = np.nan
    return Measure(g, *difference_interval(g, moments, level), np.full_like(g, np.nan))


def _correlation(moments: Moments, level: float) -> Measure:
    r = correlation(moments)
    return Measure(r, *correlation_interval(r, moments.n, 0, level), correlation_p(r, moments.n))


def _partial(moments: Moments, level: float) -> Measure:
    controls = int((moments.feature_squares > 0).sum()) - 1
    r = partial_correlation(moments)
    interval = correlation_interval(r, moments.n, controls, level)
    return Measure(r, *interval, correlation_p(r, moments.n, controls))


def measure_problems(recording: Recording, moments: Moments) -> list[NotAssessable]:
    """Measures that some features, or the number of samples, do not allow; one row each."""
    good = recording.usable("feature")
    names = np.array(recording.names, dtype=object)
    rows = []
    real = good & ~recording.binary
    if real.any():
        for measure in ("AUROC", "standardised mean difference"):
            reason = f"needs two classes; labels are real for {_listed(names[real])}."
            rows.append(NotAssessable("measure", -1, measure, reason))
    if moments.n <= int(good.sum()) + 1:
        reason = f"{moments.n} samples are too few to control for {int(good.sum()) - 1} features."
        rows.append(NotAssessable("measure", -1, "partial correlation", reason))
    elif collinear(moments).any():
        reason = f"each is a linear combination of others: {_listed(names[collinear(moments)])}."
        rows.append(NotAssessable("measure", -1, "partial correlation", reason))
    return rows


def _listed(names: np.ndarray, most: int = 8) -> str:
    shown = ", ".join(str(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
