"""Activations of a site, batch by batch, beside the labels of the same samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import nn

from polysem._diagnose.inputs.arrays import matrix, plain_array
from polysem._diagnose.sites.adapters import attention_mask
from polysem._diagnose.sites.calling import call, device_of, evaluating, model_errors, values_of
from polysem._errors import BadInput

EMPTY = "data is empty; give at least one batch of (inputs, labels)."


def first_batch(data: Any) -> Any:
    """The inputs of the first batch of `data`, which must be iterable more than once."""
    if isinstance(data, Iterator):
        raise BadInput(
            "data can be read only once; give a list, a DataLoader, or an object whose __iter__ "
            "starts again."
        )
    return opened(data)[0]


def opened(data: Any) -> tuple[Any, Iterator[Any]]:
    """(inputs of the first batch, all batches, the first included); reads `data` once."""
    if isinstance(data, (str, bytes, Mapping)) or not isinstance(data, Iterable):
        raise BadInput(
            f"data is {type(data).__name__}; give an iterable of batches (inputs, labels)."
        )
    with model_errors("data, read for its first batch,"):
        batches = iter(data)
        first = next(batches, batches)
    if first is batches:
        raise BadInput(EMPTY)
    return split(first)[0], chain([first], batches)


def split(batch: Any) -> tuple[Any, Any]:
    """(inputs, labels) of one batch."""
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return batch[0], batch[1]
    raise BadInput("Every batch of data must be a pair (inputs, labels); labels may be None.")


def activations(
    model: nn.Module, module: nn.Module, data: Iterable[Any]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(activations (samples, neurons), labels (samples, features)) of every batch.

    One batch is in memory at a time; the model is in evaluation mode while one is computed and is
    left as it was. A site that gives (samples, tokens, neurons) is averaged over tokens (those of
    the `attention_mask`, if there is one) where there is one label row per sample, and taken token
    by token where there is one per token; one that gives (samples, channels, height, width) is
    averaged over places. `BadInput` names the batch that does not fit.
    """
    device = device_of(model)
    widths: tuple[int, int] | None = None
    for number, batch in enumerate(every_batch(data)):
        inputs, labels = split(batch)
        if labels is None:
            raise BadInput(f"Batch {number} of data has no labels; give (samples, features).")
        seen = _seen(model, module, inputs, device, number)
        x, y = _aligned(seen, plain_array(labels, "labels"), inputs, number)
        widths = widths or (x.shape[1], y.shape[1])
        for what, array, width in (("neurons", x, widths[0]), ("features", y, widths[1])):
            if array.shape[1] != width:
                raise BadInput(
                    f"Batch {number} has {array.shape[1]} {what} (axis 1) and the first had "
                    f"{width}; all batches must be alike."
                )
        yield x, y


def every_batch(data: Iterable[Any]) -> Iterator[Any]:
    """Batches; what reading them raises is told with the number of the batch."""
    batches = iter(data)
    number = 0
    while True:
        with model_errors(f"data, read for batch {number},"):
            batch = next(batches, batches)
        if batch is batches:
            return
        yield batch
        number += 1


def _seen(
    model: nn.Module, module: nn.Module, inputs: Any, device: torch.device, number: int
) -> torch.Tensor:
    kept: list[Any] = []
    handle = module.register_forward_hook(lambda _m, _i, output: kept.append(values_of(output)))
    try:
        with evaluating(model), model_errors(f"The model called with the inputs of batch {number}"):
            call(model, inputs, device)
    finally:
        handle.remove()
    if len(kept) != 1:
        raise BadInput(
            f"The site was used {len(kept)} times for one batch; it must be used once, so choose "
            "a module inside it or around it."
        )
    (found,) = kept
    if not isinstance(found, torch.Tensor) or not found.is_floating_point() or found.ndim < 2:
        shape = f" {found.dtype} {tuple(found.shape)}" if isinstance(found, torch.Tensor) else ""
        raise BadInput(
            f"The site gives {type(found).__name__}{shape}; give one whose output (or the first of "
            "a tuple) is a tensor of real numbers, (samples, neurons)."
        )
    with model_errors("Reading the site's activations"):  # such as those of the meta device
        found = found.detach().cpu()
        return found if found.dtype in (torch.float32, torch.float64) else found.float()


def _aligned(
    seen: torch.Tensor, labels: np.ndarray, inputs: Any, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Activations as a matrix with a row for every row of labels."""
    labels = labels.reshape(-1, labels.shape[-1]) if labels.ndim > 2 else labels
    y = matrix(labels, "labels", ("samples", "features"))
    if seen.ndim == 2 and len(y) == seen.shape[0]:
        return seen.numpy(), y
    if seen.ndim == 3 and len(y) == seen.shape[0] * seen.shape[1]:
        return seen.reshape(-1, seen.shape[-1]).numpy(), y
    if seen.ndim == 3 and len(y) == seen.shape[0]:
        return _over_tokens(seen, attention_mask(inputs), number).numpy(), y
    if seen.ndim == 4 and len(y) == seen.shape[0]:
        return seen.mean((2, 3)).numpy(), y
    raise BadInput(
        f"Batch {number}: the site gives {tuple(seen.shape)} and labels are {labels.shape}; one "
        "row of labels per sample (or per token) is needed."
    )


def _over_tokens(seen: torch.Tensor, mask: Any, number: int) -> torch.Tensor:
    if mask is None:
        return seen.mean(1)
    weights = torch.as_tensor(mask).float().cpu()
    if weights.shape != seen.shape[:2]:
        raise BadInput(
            f"Batch {number}: the attention_mask is {tuple(weights.shape)} and the site gives "
            f"{tuple(seen.shape)}; give one mask entry per token."
        )
    weights = weights[..., None]
    return (seen * weights).sum(1) / weights.sum(1).clamp(min=1)
