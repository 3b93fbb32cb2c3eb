"""What this machine has to offer a sweep."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from polysem._run.memory import physical_memory

CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_there() -> int | None:
    """Bytes of memory that processes here may use: the machine's, or less in a container."""
    found = [physical_memory()]
    for path in CGROUP_LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    known = [size for size in found if size is not None]
    return min(known) if known else None


def cores_there() -> int:
    """Processor cores that this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
