"""Weights of one layer, checked once: what the capacity measures start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import column_names, matrix, plain_array
from polysem._diagnose.inputs.problems import NotAssessable, not_finite
from polysem._errors import BadInput

BAD_BIAS = "its bias is NaN or infinite."


@dataclass(frozen=True)
class Sides:
    """In-weights (features, neurons), out-weights (neurons, features), biases of both ends."""

    into: np.ndarray
    outgoing: np.ndarray
    bias: np.ndarray
    outgoing_bias: np.ndarray


@dataclass(frozen=True)
class Layer:
    """Weights (features, neurons), and the outgoing ones (neurons, outputs) if there are any.

    Neurons with a weight that is NaN or infinite are kept with zeros and listed in `problems`.
    `biases` — of the neurons and of the outputs, where they are known: (neurons,) and (outputs,).
    """

    weights: np.ndarray
    outgoing: np.ndarray | None
    names: tuple[str, ...]
    problems: tuple[NotAssessable, ...]
    neuron_names: tuple[str, ...]
    biases: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def sides(self) -> Sides | None:
        """Both sides with their biases, where all are known; else None."""
        if self.outgoing is None or self.biases is None:
            return None
        return Sides(self.weights, self.outgoing, *self.biases)

    @classmethod
    def of(
        cls,
        weights: Any,
        outgoing: Any = None,
        names: Sequence[str] | None = None,
        neuron_names: Sequence[str] | None = None,
        bias: Any = None,
        outgoing_bias: Any = None,
    ) -> Layer:
        """Check an encoding matrix, or in- and out-weights of a layer; errors: `BadInput`.

        Of two biases one may be left out: zeros. They need out-weights to the same features.

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
        biases = _biases(bias, outgoing_bias, w, out)
        rows = not_finite(w, "neuron", neurons)
        if out is not None:
            rows += not_finite(out.T, "neuron", neurons)
        if biases is not None:
            places = np.flatnonzero(~np.isfinite(biases[0])).tolist()
            rows += [NotAssessable("neuron", k, neurons[k], BAD_BIAS) for k in places]
        first = {row.index: row for row in reversed(rows)}
        bad = sorted(first)
        if bad:
            w = w.copy()
            w[:, bad] = 0
            if out is not None:
                out = out.copy()
                out[bad] = 0
            if biases is not None:
                biases[0][bad] = 0
        return cls(w, out, names, tuple(first[k] for k in bad), neurons, biases)


def _biases(
    bias: Any, outgoing_bias: Any, w: np.ndarray, out: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Both biases as float64 copies, zeros for one that is not given; None without any."""
    if bias is None and outgoing_bias is None:
        return None
    features, neurons = w.shape
    name = "bias" if bias is not None else "outgoing_bias"
    if out is None or out.shape[1] != features:
        lead = "there are none" if out is None else f"they lead to {out.shape[1]} outputs"
        raise BadInput(
            f"{name} needs outgoing weights that lead back to the {features} features, and {lead}; "
            f"give them or leave out {name}."
        )
    own = _vector(bias, "bias", neurons, "neurons")
    of_outputs = _vector(outgoing_bias, "outgoing_bias", features, "outputs")
    if not np.isfinite(of_outputs).all():
        place = int(np.flatnonzero(~np.isfinite(of_outputs))[0])
        raise BadInput(
            f"outgoing_bias[{place}] = {of_outputs[place]} is not allowed; give finite numbers."
        )
    return own, of_outputs


def _vector(values: Any, name: str, length: int, of: str) -> np.ndarray:
    if values is None:
        return np.zeros(length)
    found = plain_array(values, name)
    if found.shape not in ((length,), (1, length), (length, 1)):
        raise BadInput(f"{name} has shape {found.shape}; it must be ({length},), one for all {of}.")
    return matrix(found.reshape(1, -1), name, ("rows", of))[0].astype(np.float64)
