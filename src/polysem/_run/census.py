"""`polysem.census`: count in a run folder, a file of weights, an array or a run."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from polysem._census import Census, rule_named, take_census
from polysem._census.matrices import read_matrix
from polysem._errors import BadInput
from polysem._run.run import Run


def census(
    source: Any,
    start: Any = None,
    *,
    key: str | None = None,
    rule: str = "relative",
    transpose: bool = False,
) -> Census:
    """Take the census of `source`: who represents what, and what became of every collision.

    `source` — a `Run`, a run folder, a file (.safetensors, .npy, .csv), or an array
    (n_features, n_neurons) or (seeds, n_features, n_neurons). `start` — starting weights of the
    same shape, if known. `key` — the tensor to read in a safetensors file. `rule` — "relative"
    (|w| above half its feature's norm) or "authors" (|w| in [0.8, 1.2]). `transpose` — the
    matrix holds neurons in rows.

    Warns loudly (`UserWarning`) when the state had not converged. Raises `BadInput` for what is
    not a matrix of finite numbers.
    """
    taken = _take(source, start, key=key, rule=rule, transpose=transpose)
    for sentence in taken.warnings:
        warnings.warn(sentence, stacklevel=2)
    return taken


def _take(source: Any, start: Any, *, key: str | None, rule: str, transpose: bool) -> Census:
    if isinstance(source, str | Path) and Path(source).is_dir():
        from polysem._run.folder import load_run

        source = load_run(source)
    if isinstance(source, Run):
        return source.census if rule == "relative" else source.counted_by(rule)
    if isinstance(source, str | Path):
        found = read_matrix(source, key=key, transpose=transpose)
        scale = None if found.start is None else 1.0  # only Polysem's own files hold a start
        taken = take_census(found.end, found.start, rule=rule_named(rule), scale=scale)
        return replace(taken, warnings=(*found.info.notes, *taken.warnings))
    end = _matrix(source, "the matrix", transpose)
    return take_census(
        end, None if start is None else _matrix(start, "start", transpose), rule=rule_named(rule)
    )


def _matrix(value: Any, what: str, transpose: bool) -> np.ndarray:
    """An array given in Python (torch tensors too) as real, finite, 2-D or 3-D NumPy."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.ndim not in (2, 3) or 0 in array.shape:
        raise BadInput(
            f"{what} has shape {array.shape} and type {array.dtype}; real numbers of shape "
            "(n_features, n_neurons) or (seeds, n_features, n_neurons) are needed."
        )
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise BadInput(f"{what} holds {bad} values that are NaN or infinite; remove them first.")
    return array.swapaxes(-1, -2) if transpose else array
