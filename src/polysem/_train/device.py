"""From the name of a device to the device, or one sentence on why it isn't there."""

from __future__ import annotations

import torch

from polysem._errors import BadInput


def resolve_device(name: str, dtype: str) -> torch.device:
    """The torch device for "auto", "cpu", "cuda" or "mps"; `BadInput` if there is none."""
    there = available_devices(dtype)
    if name == "auto":
        return torch.device(there[-1])
    if name not in there:
        why = " computes no float64" if name == "mps" and _has_mps() else " isn't there"
        raise BadInput(
            f"The device {name!r}{why}; this machine offers {', '.join(there)} for {dtype}."
        )
    return torch.device(name)


def available_devices(dtype: str) -> list[str]:
    """Names of the devices that compute in `dtype`, the preferred one last."""
    names = ["cpu"]
    if _has_mps() and dtype == "float32":
        names.append("mps")
    if torch.cuda.is_available():
        names.append("cuda")
    return names


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
