"""Checkpoints of torch (.pt, .pth, .bin, .ckpt), read with torch's weights-only loader.

That loader builds tensors and plain containers and knows no other call, so no code of the file
runs; whatever needs more is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from polysem._diagnose.inputs.arrays import plain_array
from polysem._errors import BadInput, one_line

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt")
LISTED = 20  # tensors named in one message


def read_checkpoint(path: Path, key: str | None = None) -> np.ndarray:
    """The tensor called `key` (dots for dicts in dicts), or the only matrix there. `BadInput`."""
    found = _tensors(_loaded(path))
    if key is not None and key not in found:
        raise BadInput(f"{path} has no tensor {key!r}; the tensors there: {_listed(found)}.")
    if key is None:
        matrices = [name for name, tensor in found.items() if tensor.ndim in (2, 3)]
        if len(matrices) != 1:
            problem = f"{len(matrices)} matrices; name one with key" if matrices else "no matrix"
            raise BadInput(f"{path} holds {problem}: {_listed(found)}.")
        key = matrices[0]
    return plain_array(found[key], f"tensor {key!r} of {path}" if key else str(path))


def _loaded(path: Path) -> Any:
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # many kinds: of the zip file, the pickle, the tensors
        reason = one_line(str(error)).split(". ")[0].split(" (1)")[0][:160].rstrip(".: ")
        raise BadInput(
            f"{path} is no checkpoint that can be read without running its code (torch's "
            f"weights-only loader says: {reason}); save its state_dict() with torch.save, or with "
            "safetensors."
        ) from None


def _tensors(loaded: Any, name: str = "") -> dict[str, Any]:
    """Every tensor by its name, through dicts and lists."""
    if hasattr(loaded, "detach") and hasattr(loaded, "ndim"):
        return {name: loaded}
    inner: Any = ()
    if isinstance(loaded, Mapping):
        inner = loaded.items()
    elif isinstance(loaded, (list, tuple)):
        inner = enumerate(loaded)
    found: dict[str, Any] = {}
    for part, value in inner:
        found |= _tensors(value, f"{name}.{part}" if name else str(part))
    return found


def _listed(found: dict[str, Any]) -> str:
    if not found:
        return "none"
    shown = [f"{name} {tuple(tensor.shape)}" for name, tensor in found.items()]
    more = f" and {len(shown) - LISTED} more" if len(shown) > LISTED else ""
    return ", ".join(shown[:LISTED]) + more
