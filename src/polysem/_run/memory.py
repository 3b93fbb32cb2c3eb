"""Refusing what this machine cannot hold before anything is computed."""

from __future__ import annotations

import os

from polysem._errors import BadInput

DENSE_COPIES = 5  # arrays of W's size: four are alive at once at most, start and end included


def check_memory(n: int, m: int, bytes_each: int) -> None:
    """Raise `BadInput` if a network of n features and m neurons does not fit into memory."""
    needed = DENSE_COPIES * n * m * bytes_each + 3 * n * n * bytes_each
    there = physical_memory()
    if there is not None and needed > there:
        raise BadInput(
            f"n = {n}, m = {m} needs about {needed / 2**30:.1f} GiB of memory and this machine "
            f"has {there / 2**30:.1f} GiB; use a smaller network."
        )


def physical_memory() -> int | None:
    """Bytes of memory in this machine, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
