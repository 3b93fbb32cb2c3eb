"""Which device, how many seeds fit on it, and arithmetic that is exact and repeatable there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from polysem._errors import BadInput, RunFailed
from polysem._flow.options import FlowOptions

STATES = 8  # arrays of the size of a state that a step holds at once: 3 kept, the rest scratch
OVERLAPS = 24  # arrays of the size of the overlaps: 9 kept, the rest scratch
SHARE = 0.8  # of the free memory that is used
CPU_ROOM = 2**31  # bytes
MPS_ROOM = 2**32  # bytes, where the system doesn't say


def device_for(options: FlowOptions) -> torch.device:
    """The device that `options` asks for; `BadInput` in one sentence if it can't be had."""
    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.append("mps")
    if torch.cuda.is_available():
        there.append("cuda")
    if options.device not in there:
        raise BadInput(
            f"The device {options.device!r} isn't there; this machine offers {', '.join(there)}."
        )
    return torch.device(options.device)


def seeds_that_fit(device: torch.device, n: int, m: int, dtype: torch.dtype) -> int:
    """How many seeds of m×n weights the free memory of the device holds at once; at least 1."""
    each = (STATES * m * n + OVERLAPS * n * n) * dtype.itemsize
    return max(1, int(free_memory(device) * SHARE) // each)


def free_memory(device: torch.device) -> int:
    """Bytes of memory that may be used on `device`."""
    if device.type == "cuda":
        torch.cuda.empty_cache()  # what torch keeps for later would count as taken
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        in_all = int(torch.mps.recommended_max_memory()) or MPS_ROOM
        return max(0, in_all - int(torch.mps.driver_allocated_memory()))
    return CPU_ROOM


@contextmanager
def exact_arithmetic(device: torch.device) -> Iterator[None]:
    """Full-precision, repeatable products meanwhile, no gradients, no warnings of overflow.

    No TF32 nor autocast; on the CPU one thread, since products split over threads round
    differently. Want of memory becomes `RunFailed`.
    """
    precision, threads = torch.get_float32_matmul_precision(), torch.get_num_threads()
    torch.set_float32_matmul_precision("highest")
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        with (
            torch.inference_mode(),
            torch.autocast(device.type, enabled=False),
            np.errstate(over="ignore", invalid="ignore"),
        ):
            yield
    except torch.OutOfMemoryError as error:
        raise RunFailed(
            f"The device {device.type!r} ran out of memory; what was finished before is kept. "
            "Use a smaller network, or device = 'cpu'."
        ) from error
    finally:
        torch.set_float32_matmul_precision(precision)
        torch.set_num_threads(threads)
