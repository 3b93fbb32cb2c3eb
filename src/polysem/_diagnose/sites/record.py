"""Activations of a site, batch by batch, beside the labels of the same samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import nn

from polysem._diagnose.inputs.arrays import plain_array
from polysem._diagnose.sites.adapters import attention_mask
from polysem._diagnose.sites.aligned import aligned
from polysem._diagnose.sites.axes import Axes, AxisTracer
from polysem._diagnose.sites.calling import (
    call,
    device_of,
    dtype_of,
    evaluating,
    hooked,
    model_errors,
    on_device,
    values_of,
)
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


def split(batch: Any) -> tuple[Any, Any]:
    """(inputs, labels) of one batch."""
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return batch[0], batch[1]
    raise BadInput("Every batch of data must be a pair (inputs, labels); labels may be None.")


def batch_for(model: nn.Module, batch: Any) -> tuple[Any, Any]:
    """(inputs, labels) of one batch as tensors where the model is, the inputs of its type."""
    device = device_of(model)
    inputs, labels = split(batch)
    return on_device(inputs, device, dtype_of(model)), on_device(labels, device)


class SiteReader:
    """Activations of one site, batch by batch.

    Once a batch was read: `words` — how its axes were; `columns` — names of its labels, if they
    are a data frame. One batch is in memory at a time; the model is in evaluation mode while one
    is computed and is left as it was.
    """

    def __init__(self, model: nn.Module, module: nn.Module) -> None:
        self.model, self.module = model, module
        self.words = ""
        self.columns: Any = None
        self._device = device_of(model)
        self._axes: Axes | None = None

    def batches(self, data: Iterable[Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(activations (samples, neurons), labels (samples, features)) of every batch.

        Channels of a convolution are neurons (see `AxisTracer`). A site with further axes, tokens
        or places, is averaged over them (over tokens of the `attention_mask`, if there is one)
        where there is one label row per sample, and every place is a sample where there is one per
        place. `BadInput` names the batch that does not fit.
        """
        widths: tuple[int, int] | None = None
        for number, batch in enumerate(every_batch(data)):
            x, y = self._read(batch, number)
            widths = widths or (x.shape[1], y.shape[1])
            for what, array, width in (("neurons", x, widths[0]), ("features", y, widths[1])):
                if array.shape[1] != width:
                    raise BadInput(
                        f"Batch {number} has {array.shape[1]} {what} (axis 1) and the first had "
                        f"{width}; all batches must be alike."
                    )
            yield x, y

    def _read(self, batch: Any, number: int) -> tuple[np.ndarray, np.ndarray]:
        inputs, labels = split(batch)
        if labels is None:
            raise BadInput(f"Batch {number} of data has no labels; give (samples, features).")
        seen, self._axes = _seen(self.model, self.module, inputs, self._device, number, self._axes)
        y = plain_array(labels, "labels")
        if y.shape[:1] == (0,):
            raise BadInput(f"Batch {number} of data is empty; leave it out.")
        self.columns = getattr(labels, "columns", None) if self.columns is None else self.columns
        x, y, words = aligned(seen, self._axes, y, attention_mask(inputs), number)
        self.words = self.words or words
        return x, y


def activations(
    model: nn.Module, module: nn.Module, data: Iterable[Any]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The batches of a `SiteReader`."""
    return SiteReader(model, module).batches(data)


def _seen(
    model: nn.Module,
    module: nn.Module,
    inputs: Any,
    device: torch.device,
    number: int,
    axes: Axes | None,
) -> tuple[torch.Tensor, Axes]:
    """What the site gives, and its axes: those given, or followed through the model."""
    kept: list[tuple[Any, Axes]] = []
    tracer = AxisTracer()

    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        values = values_of(output)
        kept.append((values, axes or tracer.axes_of(values)))

    what = f"The model called with the inputs of batch {number}"
    following = tracer if axes is None else nullcontext()
    with hooked(module, hook), evaluating(model), model_errors(what), following:
        call(model, inputs, device)
    if len(kept) != 1:
        raise BadInput(
            f"The site was used {len(kept)} times for one batch; it must be used once, so choose "
            "a module inside it or around it."
        )
    ((found, axes),) = kept
    if not isinstance(found, torch.Tensor) or not found.is_floating_point() or found.ndim < 2:
        shape = f" {found.dtype} {tuple(found.shape)}" if isinstance(found, torch.Tensor) else ""
        raise BadInput(
            f"The site gives {type(found).__name__}{shape}; give one whose output (or the first of "
            "a tuple) is a tensor of real numbers, (samples, neurons)."
        )
    with model_errors("Reading the site's activations"):  # such as those of the meta device
        found = found.detach().cpu()
        found = found if found.dtype in (torch.float32, torch.float64) else found.float()
    return found, axes
