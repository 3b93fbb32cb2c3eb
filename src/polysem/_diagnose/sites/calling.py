"""Running a model on whatever its inputs are, without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from polysem._errors import BadInput, PolysemError, one_line


def call(model: nn.Module, inputs: Any, device: torch.device) -> Any:
    """model(inputs): a mapping (as tokenizers of Hugging Face give) by keyword, a tuple spread."""
    inputs = on_device(inputs, device, dtype_of(model))
    if isinstance(inputs, Mapping):
        return model(**inputs)
    if isinstance(inputs, tuple):
        return model(*inputs)
    return model(inputs)


def on_device(values: Any, device: torch.device, dtype: torch.dtype | None = None) -> Any:
    """Tensors, and arrays and data frames as tensors, inside mappings and tuples, on the device.

    Fractions in arrays and frames, which NumPy makes float64, become `dtype` if one is given; a
    tensor's type is the user's own choice.
    """
    if isinstance(values, Mapping):
        return {name: on_device(value, device, dtype) for name, value in values.items()}
    if isinstance(values, tuple):
        return tuple(on_device(value, device, dtype) for value in values)
    if isinstance(values, torch.Tensor):
        return values.to(device)
    if hasattr(values, "__array__"):
        plain = np.require(values, requirements=("C", "W"))  # torch wants no other
        tensor = torch.as_tensor(plain)
        return tensor.to(device, dtype if tensor.is_floating_point() else None)
    return values


def device_of(model: nn.Module) -> torch.device:
    """Where its first parameter or buffer lies; the CPU if it has neither."""
    for tensor in (*model.parameters(), *model.buffers()):
        return tensor.device
    return torch.device("cpu")


def dtype_of(model: nn.Module) -> torch.dtype | None:
    """The type of its first parameter that holds fractions; None without one."""
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), None)


def values_of(output: Any) -> Any:
    """The activations in what a module gave: itself, or the first of a tuple."""
    return output[0] if isinstance(output, tuple) and output else output


@contextmanager
def hooked(module: nn.Module, hook: Callable[[nn.Module, Any, Any], None]) -> Iterator[None]:
    """The hook sees what the module gives; `BadInput` for a scripted module, which takes none."""
    if isinstance(module, torch.jit.ScriptModule):
        raise BadInput(
            "The site is in a scripted module (torch.jit.script), which shows nothing of its "
            "inside; give the model that it was made from."
        )
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; every module is as before afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training


@contextmanager
def model_errors(what: str) -> Iterator[None]:
    """What a user's model or loss raises, as one sentence with the place; the cause is kept."""
    try:
        yield
    except PolysemError:
        raise
    except Exception as error:
        said = one_line(str(error))[:300].rstrip(".")
        raise BadInput(f"{what} fails: {type(error).__name__}: {said}.") from error
