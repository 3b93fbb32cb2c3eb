"""Which axis of a site's activations holds samples and which neurons, followed through the model.

A shape cannot tell (samples, channels, length) of a convolution from (samples, tokens, width) of a
transformer. The operations that made it can: while the model runs on one batch, every call of torch
is seen, convolutions and linear maps say where their units are, and what keeps or permutes axes
passes that on. Compiled code that does not go through Python's torch stays unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

CONVOLUTION = re.compile(r"^_?conv(olution|(_transpose)?\d?d)$")
CHANNELS = re.compile(r"^(batch|instance|group)_norm$|pool\dd")  # unless the axes are known
LAST = ("linear", "embedding", "_transformer_encoder_layer_fwd")
LAST_UNLESS_KNOWN = ("layer_norm", "rms_norm")
RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
BATCH_FIRST = 8  # place of `batch_first` among their arguments
PERMUTING = (
    "transpose",
    "permute",
    "swapaxes",
    "swapdims",
    "movedim",
    "moveaxis",
    "adjoint",
    "__get__",  # .mT
)
MIXING = ("view", "reshape", "matmul", "bmm", "baddbmm", "einsum", "tensordot")


@dataclass(frozen=True)
class Axes:
    """Places of the samples and of the neurons in a shape; None where unknown."""

    samples: int | None = None
    neurons: int | None = None

    def filled(self, dims: int) -> tuple[int, int] | None:
        """(samples, neurons): unknown ones as in (samples, tokens, width) and in pictures.

        None where the shape has too many axes to guess.
        """
        if dims == 2:
            return 0, 1
        samples = self.samples or 0
        neurons = {3: 2, 4: 1}.get(dims) if self.neurons is None else self.neurons
        return None if neurons is None or neurons == samples else (samples, neurons)


class AxisTracer(TorchFunctionMode):
    """A context in which the axes of every tensor that torch makes are followed."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Any = WeakTensorKeyDictionary()

    def axes_of(self, values: Any) -> Axes:
        """What is known of a tensor's axes; nothing of other things."""
        return self._known.get(values, Axes()) if isinstance(values, torch.Tensor) else Axes()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        first = made[0] if isinstance(made, tuple) and made else made
        if isinstance(first, torch.Tensor) and first.ndim >= 2:
            axes = self._axes(func, first, args, kwargs or {})
            if axes != Axes():
                self._known[first] = axes
        return made

    def _axes(self, func: Any, made: torch.Tensor, args: Any, kwargs: Any) -> Axes:
        """Axes of what `func` made, as far as they can be told."""
        name, last = getattr(func, "__name__", ""), made.ndim - 1
        came = self._given(args, made.ndim)
        if CONVOLUTION.match(name):
            return Axes(0, 1) if made.ndim > 2 else Axes()
        if name in RECURRENT:
            first = len(args) > BATCH_FIRST and args[BATCH_FIRST] is True
            return Axes(0 if first else 1, 2) if made.ndim == 3 else Axes()
        if name == "multi_head_attention_forward":
            return Axes(1, 2) if made.ndim == 3 else Axes()
        if name in LAST:
            return Axes(came.samples, last)
        if name in MIXING:
            return Axes()
        if name in PERMUTING:
            return _permuted(func, args, kwargs, came, made.ndim)
        if came.neurons is None and CHANNELS.search(name):
            return Axes(0, 1)
        if came.neurons is None and name in LAST_UNLESS_KNOWN:
            return Axes(came.samples, last)
        return came

    def _given(self, args: Any, dims: int) -> Axes:
        """What is known of the arguments with so many axes, together."""
        samples = neurons = None
        inner = (a if isinstance(a, (tuple, list)) else (a,) for a in args)
        for tensor in chain.from_iterable(inner):
            if isinstance(tensor, torch.Tensor) and tensor.ndim == dims:
                known = self.axes_of(tensor)
                samples = known.samples if samples is None else samples
                neurons = known.neurons if neurons is None else neurons
        return Axes(samples, neurons)


def _permuted(func: Any, args: Any, kwargs: Any, came: Axes, dims: int) -> Axes:
    """Where the axes go, seen on an empty tensor whose axes all have their own length."""
    if came == Axes():
        return came
    probe = torch.empty(tuple(range(2, 2 + dims)), device="meta")
    moved = list(func(probe, *args[1:], **kwargs).shape)
    if sorted(moved) != list(range(2, 2 + dims)):
        return Axes()
    places = (None if a is None else moved.index(2 + a) for a in (came.samples, came.neurons))
    return Axes(*places)
