"""Weights of one layer, checked once: what the capacity measures start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import column_names, matrix
from polysem._diagnose.inputs.problems import NotAssessable, not_finite
from polysem._errors import BadInput


@dataclass(frozen=True)
class Layer:
    """Weights (features, neurons), and the outgoing ones (neurons, outputs) if there are any.

    Neurons with a weight that is NaN or infinite are kept with zeros and listed in `problems`.
    """

    weights: np.ndarray
    outgoing: np.ndarray | None
    names: tuple[str, ...]
    problems: tuple[NotAssessable, ...]
    neuron_names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        weights: Any,
        outgoing: Any = None,
        names: Sequence[str] | None = None,
        neuron_names: Sequence[str] | None = None,
    ) -> Layer:
        """Check an encoding matrix, or in- and out-weights of a layer; errors: `BadInput`.

        Neurons are called as the columns of a data frame, or '0', '1', …
        """
        w = matrix(weights, "weights", ("features", "neurons"))
        out = None if outgoing is None else matrix(outgoing, "outgoing", ("neurons", "outputs"))
        if out is not None and len(out) != w.shape[1]:
            hint = " Is outgoing transposed?" if out.shape[1] == w.shape[1] else ""
            raise BadInput(
                f"weights has {w.shape[1]} neurons (axis 1) and outgoing has {len(out)} (axis 0); "
                f"both must be the same.{hint}"
            )
        names = column_names(names, None, len(w), "feature")
        neurons = column_names(neuron_names, weights, w.shape[1], "neuron")
        rows = not_finite(w, "neuron", neurons)
        if out is not None:
            known = {row.index for row in rows}
            rows += [r for r in not_finite(out.T, "neuron", neurons) if r.index not in known]
        bad = [row.index for row in rows]
        if bad:
            w = w.copy()
            w[:, bad] = 0
            if out is not None:
                out = out.copy()
                out[bad] = 0
        return cls(w, out, names, tuple(sorted(rows, key=lambda row: row.index)), neurons)
