"""Activations of any number of axes as a matrix, with a row for every row of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from polysem._diagnose.inputs.arrays import matrix
from polysem._diagnose.sites.axes import Axes
from polysem._errors import BadInput


def aligned(
    seen: torch.Tensor, axes: Axes, labels: np.ndarray, mask: Any, number: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """(activations (rows, neurons), labels (rows, features), how the axes were read).

    `mask` — (samples, tokens), 1 for those to average over, or None. The words are empty for
    (samples, neurons).
    """
    flat = labels.reshape(-1, labels.shape[-1]) if labels.ndim > 2 else labels
    y = matrix(flat, "labels", ("samples", "features"))
    places = axes.filled(seen.ndim)
    if places is None:
        raise _misfit(seen, None, labels, number)
    samples, neurons = places
    named = f"The site gives {tuple(seen.shape)}, read as {_named(seen.ndim, *places)}"
    if len(y) == seen.shape[samples]:
        if seen.ndim == 2:
            return seen.numpy(), y, ""
        x = _means(seen.movedim((samples, neurons), (0, -1)), mask, number)
        return x.numpy(), y, f"{named}, with means over {_others(seen.ndim, neurons)}."
    rows = seen.movedim(neurons, -1)
    if labels.shape[:-1] in (rows.shape[:-1], (rows.shape[:-1].numel(),)):
        return rows.flatten(0, -2).numpy(), y, f"{named}, with a row for each."
    raise _misfit(seen, places, labels, number)


def _misfit(
    seen: torch.Tensor, places: tuple[int, int] | None, labels: np.ndarray, number: int
) -> BadInput:
    read, hint = "", ""
    if places is not None and seen.ndim > 2:
        read = f", read as {_named(seen.ndim, *places)},"
        between = {size: axis for axis, size in enumerate(seen.shape) if axis not in places}
        if len(labels) in between:
            axis = between[len(labels)]
            hint = f" If samples are on axis {axis}, let the model take them first (batch_first)."
    return BadInput(
        f"Batch {number}: the site gives {tuple(seen.shape)}{read} and labels are {labels.shape}; "
        f"one row of labels per sample (or per token or place) is needed.{hint}"
    )


def _named(dims: int, samples: int, neurons: int) -> str:
    others = _others(dims, neurons)
    names = {samples: "samples", neurons: "neurons"}
    return f"({', '.join(names.get(axis, others) for axis in range(dims))})"


def _others(dims: int, neurons: int) -> str:
    """What the axes besides samples and neurons are called."""
    return "tokens" if dims == 3 and neurons == 2 else "places"


def _means(seen: torch.Tensor, mask: Any, number: int) -> torch.Tensor:
    """Over all axes but the first and the last; over the tokens of the mask."""
    between = tuple(range(1, seen.ndim - 1))
    if mask is None or seen.ndim != 3:
        return seen.mean(between)
    weights = torch.as_tensor(mask).float().cpu()
    if weights.shape != seen.shape[:2]:
        raise BadInput(
            f"Batch {number}: the attention_mask is {tuple(weights.shape)} and the site gives "
            f"{tuple(seen.shape)}; give one mask entry per token."
        )
    weights = weights[..., None]
    return (seen * weights).sum(1) / weights.sum(1).clamp(min=1)
