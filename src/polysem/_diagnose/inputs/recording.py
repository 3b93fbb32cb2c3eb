"""Activations and labels, checked once: what every measure of selectivity starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import column_names, matrix
from polysem._diagnose.inputs.problems import NotAssessable, not_finite
from polysem._errors import BadInput

FEWEST_SAMPLES = 4
FEWEST_OF_A_CLASS = 2


@dataclass(frozen=True)
class Recording:
    """Activations (samples, neurons) and labels (samples, features), ready to measure.

    Columns that cannot be assessed are kept and hold zeros, so that every measure gives NaN for
    them; `problems` says why, one row each. `binary` (features,): labels of two values, recoded to
    0 and 1 (the larger is 1); other features are real. `names` are the features'.
    """

    activations: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    neuron_names: tuple[str, ...]
    binary: np.ndarray
    problems: tuple[NotAssessable, ...]

    @classmethod
    def of(
        cls,
        activations: Any,
        labels: Any,
        names: Sequence[str] | None = None,
        neuron_names: Sequence[str] | None = None,
    ) -> Recording:
        """Check arrays, tensors or data frames; `BadInput` for what makes the whole unusable.

        That is: wrong shapes, fewer than four samples, unnamed or doubly named features. A neuron
        or feature that is constant or has NaN, a class of fewer than two samples, and a feature
        with the labels (or the opposite labels) of an earlier one become `problems`.
        """
        x = matrix(activations, "activations", ("samples", "neurons"))
        y = matrix(labels, "labels", ("samples", "features"))
        _check_samples(x, y)
        names = column_names(names, labels, y.shape[1], "feature")
        neuron_names = column_names(neuron_names, activations, x.shape[1], "neuron")
        x, neuron_problems = _usable_neurons(x, neuron_names)
        y, binary, feature_problems = _usable_features(y, names)
        return cls(x, y, names, neuron_names, binary, (*neuron_problems, *feature_problems))

    def usable(self, kind: str) -> np.ndarray:
        """True for every "neuron" or "feature" without a problem."""
        good = np.ones((self.activations if kind == "neuron" else self.labels).shape[1], dtype=bool)
        good[[row.index for row in self.problems if row.kind == kind]] = False
        return good

    @property
    def binary_labels(self) -> np.ndarray:
        """Labels with the real features set to zero: for measures that need two classes."""
        return np.where(self.binary, self.labels, 0)


def _check_samples(x: np.ndarray, y: np.ndarray) -> None:
    if len(x) != len(y):
        hint = ""
        if x.shape[1] == len(y):
            hint = " Is activations transposed?"
        elif len(x) == y.shape[1]:
            hint = " Is labels transposed?"
        raise BadInput(
            f"activations has {len(x)} samples and labels has {len(y)} (axis 0 of shapes "
            f"{x.shape} and {y.shape}); both must be the same.{hint}"
        )
    if len(x) < FEWEST_SAMPLES:
        raise BadInput(
            f"activations has {len(x)} samples (axis 0); at least {FEWEST_SAMPLES} are needed."
        )


def _usable_neurons(
    x: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, list[NotAssessable]]:
    problems = not_finite(x, "neuron", names)
    if problems:
        x = x.copy()
        x[:, [row.index for row in problems]] = 0
    known = {row.index for row in problems}
    for k in np.flatnonzero((x == x[:1]).all(0)):
        if k not in known:
            reason = f"its activation is {x[0, k]:g} in all {len(x)} samples."
            problems.append(NotAssessable("neuron", int(k), names[k], reason))
    return x, sorted(problems, key=lambda row: row.index)


def _usable_features(
    y: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, list[NotAssessable]]:
    reasons = {row.index: row.reason for row in not_finite(y, "feature", names)}
    result, binary = y.astype(np.float64), np.zeros(y.shape[1], dtype=bool)
    seen: dict[bytes, int] = {}
    for f in range(y.shape[1]):
        if f not in reasons:
            result[:, f], binary[f], reason = _usable_column(y[:, f])
            reason = reason or _repeats(result[:, f], binary[f], names, f, seen)
            if reason:
                reasons[f] = reason
        if f in reasons:
            result[:, f] = 0
    rows = [NotAssessable("feature", f, names[f], reasons[f]) for f in sorted(reasons)]
    return result, binary, rows


def _usable_column(column: np.ndarray) -> tuple[np.ndarray, bool, str]:
    """The labels of one feature, whether they have two values, and what is wrong with them."""
    column = column.astype(np.float64)
    low, high = column.min(), column.max()
    if low == high:
        return column, False, f"its label is {low:g} in all {len(column)} samples: one class only."
    if not ((column == low) | (column == high)).all():
        return column, False, ""
    column = (column == high).astype(np.float64)
    fewest = int(min(column.sum(), len(column) - column.sum()))
    if fewest < FEWEST_OF_A_CLASS:
        return (
            column,
            True,
            (
                f"{fewest} of {len(column)} samples is in its smaller class; at least "
                f"{FEWEST_OF_A_CLASS} are needed."
            ),
        )
    return column, True, ""


def _repeats(
    column: np.ndarray, binary: bool, names: tuple[str, ...], place: int, seen: dict[bytes, int]
) -> str:
    """Why the feature adds nothing to an earlier one, or ''."""
    same = seen.setdefault(column.tobytes(), place)
    if same != place:
        return f"it has the same labels as feature {names[same]!r}, which is assessed."
    opposite = seen.get((1 - column).tobytes()) if binary else None
    if opposite is not None:
        return f"it has the opposite labels of feature {names[opposite]!r}, which is assessed."
    return ""
