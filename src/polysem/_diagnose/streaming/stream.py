"""Selectivity from a stream of batches: exact linear measures, bounded AUROC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import matrix
from polysem._diagnose.selectivity.moments import Moments
from polysem._diagnose.streaming.classes import TwoClasses
from polysem._diagnose.streaming.histogram import BINS, BinnedAuroc
from polysem._errors import BadInput


@dataclass(frozen=True)
class StreamedSelectivity:
    """What a stream of samples gives; pairs are (neurons, features).

    `moments` — for correlation, partial correlation and standardised difference, as exact as from
    the whole array. `auroc` ± `auroc_bound` (a certain bound, not an interval); NaN for features
    without two values (`binary`; two values are read as 0 and 1, as in arrays). `not_finite`:
    samples with NaN or infinity, per neuron (those neurons are NaN throughout) and per feature.
    """

    moments: Moments
    auroc: np.ndarray
    auroc_bound: np.ndarray
    binary: np.ndarray
    neurons_not_finite: np.ndarray
    features_not_finite: np.ndarray


def stream_selectivity(batches: Iterable[tuple[Any, Any]], bins: int = BINS) -> StreamedSelectivity:
    """Measure a stream of (activations (samples, neurons), labels (samples, features)) batches.

    Memory: one batch and `BinnedAuroc`. The first batch sets the bins, so it should hold at least
    `bins` samples, drawn like the rest; otherwise the figures hold and the bound is wider. Errors:
    `BadInput` for shapes that do not fit and for an empty stream.
    """
    if bins < 2:
        raise BadInput(f"bins = {bins} is not allowed: give a whole number from 2.")
    state: _State | None = None
    for number, (activations, labels) in enumerate(batches):
        x = matrix(activations, "activations", ("samples", "neurons"))
        y = matrix(labels, "labels", ("samples", "features"))
        if state is None:
            state = _State(x, y, bins)
        _check_batch(number, x, y, state)
        state.add(x, y)
    if state is None:
        raise BadInput("The stream is empty; give at least one batch of activations and labels.")
    return state.result()


def _check_batch(number: int, x: np.ndarray, y: np.ndarray, state: _State) -> None:
    if len(x) != len(y):
        raise BadInput(
            f"Batch {number} has activations of {len(x)} samples and labels of {len(y)} (axis 0); "
            "both must be the same."
        )
    for name, array, count in (("neurons", x, state.neurons), ("features", y, state.features)):
        if array.shape[1] != len(count):
            raise BadInput(
                f"Batch {number} has {array.shape[1]} {name} (axis 1) and the first had "
                f"{len(count)}; all batches must be alike."
            )


class _State:
    """Running counts of one stream."""

    def __init__(self, x: np.ndarray, y: np.ndarray, bins: int) -> None:
        self.neurons = np.zeros(x.shape[1], dtype=np.int64)  # samples that are not finite
        self.features = np.zeros(y.shape[1], dtype=np.int64)
        self.classes = TwoClasses(y.shape[1])
        self.moments: Moments | None = None
        first = np.where(np.isfinite(x), x, 0)
        self.histogram = BinnedAuroc(first, y.shape[1], bins)

    def add(self, x: np.ndarray, y: np.ndarray) -> None:
        members = self.classes.members(y)
        x, y = _counted(x, self.neurons), _counted(y, self.features)
        batch = Moments.of(x, y)
        self.moments = batch if self.moments is None else self.moments.merged(batch)
        self.histogram.add(x, members)

    def result(self) -> StreamedSelectivity:
        assert self.moments is not None
        area, bound = self.histogram.area_and_bound()
        area = np.where(self.classes.swapped, 1 - area, area)
        moments, binary = self.classes.recoded(self.moments), self.classes.binary
        constant = self.moments.neurons == 0
        bad = (self.neurons > 0) | constant
        for figures in (area, bound):
            figures[bad] = np.nan
            figures[:, ~binary | (self.features > 0)] = np.nan
        return StreamedSelectivity(
            _blanked(moments, self.neurons > 0, self.features > 0),
            area,
            bound,
            binary,
            self.neurons,
            self.features,
        )


def _counted(columns: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The columns with 0 for every value that is not finite; adds those to `counts`."""
    good = np.isfinite(columns)
    if good.all():
        return columns
    counts += (~good).sum(0)
    return np.where(good, columns, 0)


def _blanked(moments: Moments, neurons: np.ndarray, features: np.ndarray) -> Moments:
    """Moments in which columns that are not finite look constant, so that measures give NaN."""
    squares, cross, products = (
        moments.neurons.copy(),
        moments.cross.copy(),
        moments.features.copy(),
    )
    squares[neurons] = 0
    cross[neurons] = 0
    cross[:, features] = 0
    products[features] = 0
    products[:, features] = 0
    return Moments(moments.n, moments.neuron_mean, moments.feature_mean, squares, cross, products)
