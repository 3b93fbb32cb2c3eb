"""What a measurement was made on, and how busy it was: no names, no paths."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from polysem._storage.provenance import code_state, version

LIBRARIES = ("polysem", "numpy", "scipy", "numba", "torch", "torchdiffeq")
SIDE = 1024  # of the square product that calibrates


def machine() -> dict[str, Any]:
    """Processor, cores, memory and versions: what has to be equal for figures to be compared."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def sgemm_rate(repeats: int = 5) -> float:
    """Measured rate of a float32 matrix product on one thread, in flops per second."""
    A = np.random.default_rng(0).standard_normal((SIDE, SIDE), dtype=np.float32)
    out, best = np.empty_like(A), np.inf
    for _ in range(repeats):
        began = time.process_time()
        np.matmul(A, A.T[::-1], out=out)  # not A Aᵀ, which would be done by symmetry
        best = min(best, time.process_time() - began)
    return 2 * SIDE**3 / best


@contextmanager
def conditions() -> Iterator[dict[str, Any]]:
    """Fill a record of the code measured, the load and the calibration before and after."""
    record: dict[str, Any] = {"threads": 1, **code_state()}
    record |= {"load_before": _load(), "sgemm_before": sgemm_rate()}
    began = time.perf_counter()
    yield record
    record |= {"seconds_in_all": time.perf_counter() - began}
    record |= {"load_after": _load(), "sgemm_after": sgemm_rate()}


def one_thread() -> None:
    """Hold the libraries that are loaded to one thread, whatever set them up."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


def _load() -> float:
    return round(os.getloadavg()[0], 2)


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
