"""Activations of a site, batch by batch, beside the labels of the same samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from polysem._diagnose.inputs.arrays import matrix, plain_array
from polysem._diagnose.sites.calling import call, device_of, evaluating, values_of
from polysem._errors import BadInput


def first_batch(data: Any) -> Any:
    """The inputs of the first batch of `data`, which must be iterable more than once."""
    for batch in _batches(data):
        return split(batch)[0]
    raise BadInput("data is empty; give at least one batch of (inputs, labels).")


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
    by token where there is one per token.
    """
    device = device_of(model)
    for number, batch in enumerate(_batches(data)):
        inputs, labels = split(batch)
        if labels is None:
            raise BadInput(f"Batch {number} of data has no labels; give (samples, features).")
        seen = _seen(model, module, inputs, device)
        yield _aligned(seen, plain_array(labels, "labels"), inputs, number)


def _batches(data: Any) -> Iterable[Any]:
    if isinstance(data, (str, bytes, Mapping)) or not isinstance(data, Iterable):
        raise BadInput(
            f"data is {type(data).__name__}; give an iterable of batches (inputs, labels)."
        )
    if isinstance(data, Iterator):
        raise BadInput(
            "data can be read only once; give a list, a DataLoader, or an object whose __iter__ "
            "starts again."
        )
    return data


def _seen(model: nn.Module, module: nn.Module, inputs: Any, device: torch.device) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    handle = module.register_forward_hook(lambda _m, _i, output: kept.append(values_of(output)))
    try:
        with evaluating(model):
            call(model, inputs, device)
    finally:
        handle.remove()
    if len(kept) != 1:
        raise BadInput(
            f"The site was used {len(kept)} times for one batch; it must be used once, so choose "
            "a module inside it or around it."
        )
    return kept[0].detach().float().cpu()


def _aligned(
    seen: torch.Tensor, labels: np.ndarray, inputs: Any, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Activations as a matrix with a row for every row of labels."""
    labels = labels.reshape(-1, labels.shape[-1]) if labels.ndim > 2 else labels
    y = matrix(labels, "labels", ("samples", "features"))
    if seen.ndim == 2:
        return seen.numpy(), y
    if seen.ndim == 3 and len(y) == seen.shape[0] * seen.shape[1]:
        return seen.reshape(-1, seen.shape[-1]).numpy(), y
    if seen.ndim == 3 and len(y) == seen.shape[0]:
        mask = inputs.get("attention_mask") if isinstance(inputs, Mapping) else None
        weights = torch.ones(seen.shape[:2]) if mask is None else torch.as_tensor(mask).float()
        weights = weights.cpu()[..., None]
        return ((seen * weights).sum(1) / weights.sum(1).clamp(min=1)).numpy(), y
    raise BadInput(
        f"Batch {number}: the site gives {tuple(seen.shape)} and labels are {labels.shape}; one "
        "row of labels per sample (or per token) is needed."
    )
