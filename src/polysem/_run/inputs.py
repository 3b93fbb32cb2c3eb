"""What `simulate` and `train` both take: the network, and starting weights, given or drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from polysem._config import Config
from polysem._errors import BadInput
from polysem._types import Weights

Law = Mapping[str, Any] | Config | None
"""A part of the specification, as a mapping of its settings."""


def sizes_of_start(
    start: Weights, n: int | None, m: int | None, seeds: int = 1
) -> tuple[int, int, int]:
    """Seeds, features and neurons of a given start, agreeing with n, m and more than one seed
    where those are given.

    Raises `BadInput` if they do not agree or the start is not real numbers of 2 or 3 axes.
    """
    array = start_array(start)
    if array.ndim not in (2, 3) or 0 in array.shape or array.dtype.kind not in "fiu":
        raise BadInput(
            f"start has shape {array.shape} and type {array.dtype}; real numbers of shape "
            "(seeds, n, m) or (n, m) are needed."
        )
    for name, given, found in (("n", n, array.shape[-2]), ("m", m, array.shape[-1])):
        if given is not None and given != found:
            raise BadInput(f"{name} = {given} was given, but start has {name} = {found}.")
    found = array.shape[0] if array.ndim == 3 else 1
    if seeds not in (1, found):
        raise BadInput(
            f"seeds = {seeds} was given, but start has {found}; give one of (seeds, n, m)."
        )
    return found, array.shape[-2], array.shape[-1]


def start_array(start: Any) -> np.ndarray:
    """A start given in Python (lists and torch tensors too) as NumPy has it."""
    if hasattr(start, "detach"):
        start = start.detach().cpu()
    try:
        array = np.asarray(start)
    except (ValueError, TypeError, RuntimeError) as error:
        raise BadInput(
            f"start is no array of real numbers ({str(error).rstrip('.')}); give one of shape "
            "(seeds, n, m) or (n, m)."
        ) from None
    return array.astype(np.float64) if array.dtype == np.longdouble else array


def initial_settings(scale: float | None, start: Weights | None, initial: Law = None) -> Any:
    """The configuration of the starting law: `initial`, N(0, scale²/m), or a given array's hash."""
    said = {"start": start, "initial": initial, "scale": scale}
    given = [name for name, value in said.items() if value is not None]
    if len(given) > 1:
        raise BadInput(
            f"{' and '.join(given)} both say where training or the flow starts; give one of them."
        )
    if initial is not None:
        return initial
    if start is None:
        return {"kind": "normal", "scale": 1.0 if scale is None else scale}
    digest = hashlib.sha256(np.ascontiguousarray(start).tobytes()).hexdigest()[:16]
    return {"kind": "given", "sha256": digest}


def network_settings(n: int, m: int, l1: float, initial: Any, **laws: Law) -> dict[str, Any]:
    """The configuration of the network, with the laws that were given."""
    said = {name: law for name, law in laws.items() if law is not None}
    return {"n": n, "m": m, "l1": l1, "initial": initial, **said}


def check_workers(workers: int | None) -> None:
    """Raise `BadInput` for a number of processes that cannot be."""
    if workers is not None and workers < 0:
        raise BadInput(f"workers = {workers} is not allowed; 0 or 1 computes in this process.")
