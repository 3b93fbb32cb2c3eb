"""What `simulate` and `train` both take: starting weights, given or drawn."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._types import Weights


def sizes_of_start(start: Weights, n: int | None, m: int | None) -> tuple[int, int, int]:
    """Seeds, features and neurons of a given start, agreeing with n and m where those are given.

    Raises `BadInput` if they do not agree or the start is not real numbers of 2 or 3 axes.
    """
    array = np.asarray(start)
    if array.ndim not in (2, 3) or 0 in array.shape or array.dtype.kind not in "fiu":
        raise BadInput(
            f"start has shape {array.shape} and type {array.dtype}; real numbers of shape "
            "(seeds, n, m) or (n, m) are needed."
        )
    for name, given, found in (("n", n, array.shape[-2]), ("m", m, array.shape[-1])):
        if given is not None and given != found:
            raise BadInput(f"{name} = {given} was given, but start has {name} = {found}.")
    seeds = array.shape[0] if array.ndim == 3 else 1
    return seeds, array.shape[-2], array.shape[-1]


def initial_settings(scale: float, start: Weights | None) -> dict[str, Any]:
    """The configuration of the starting law: N(0, scale²/m), or a given array by its hash."""
    if start is None:
        return {"kind": "normal", "scale": scale}
    digest = hashlib.sha256(np.ascontiguousarray(start).tobytes()).hexdigest()[:16]
    return {"kind": "given", "sha256": digest}
