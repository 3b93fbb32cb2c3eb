"""Memory that closed pages leave behind goes back to the system.

Nothing of a closed page stays alive, but the allocator of C keeps what was freed: of every thread a
part of its own, and below the last block that is still used. Linux with glibc can be told not to;
elsewhere nothing is done.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from typing import Any

ARENA_MAX, MMAP_THRESHOLD = -8, -3  # numbers of glibc's `mallopt`
ARENAS = 2
LARGE = 1 << 20  # bytes from which an array is a mapping of its own, gone when it is freed
PATIENCE = 1.0  # seconds for which closed pages are gathered before memory is given back

_waiting: set[asyncio.AbstractEventLoop] = set()


def glibc() -> Any:
    """The C library if it is glibc, else None."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def keep_little() -> None:
    """For a server, before its threads start: few arenas, large arrays outside of them."""
    library = glibc()
    if library is not None:
        library.mallopt(ARENA_MAX, ARENAS)
        library.mallopt(MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Collect what is unreachable and hand freed memory to the system."""
    gc.collect()
    library = glibc()
    if library is not None:
        library.malloc_trim(0)


def give_back_soon() -> None:
    """The same in a moment, once for all closed by then; nothing if the server has stopped."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    if loop in _waiting:
        return
    _waiting.add(loop)

    def act() -> None:
        _waiting.discard(loop)
        give_back()

    loop.call_later(PATIENCE, act)
