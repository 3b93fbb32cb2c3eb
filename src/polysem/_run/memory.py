"""Refusing what this machine cannot hold before anything is computed."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from polysem._errors import BadInput
from polysem._network.data.law import FIXED_DRAWS

if TYPE_CHECKING:
    from polysem._network.spec import NetworkSpec

DENSE_COPIES = 5  # arrays of W's size: four are alive at once at most, start and end included
TRAINED_COPIES = 8  # of all that a deep network trains: start in float64, gradient twice, moments
CODE_COPIES = 4  # of the codes of all inputs at every layer: values and what comes back for them


def check_memory(n: int, m: int, bytes_each: int, further: int = 0) -> None:
    """Raise `BadInput` if a network of n features and m neurons does not fit into memory.

    `further` — numbers kept beside W and the overlaps.
    """
    needed = (DENSE_COPIES * n * m + 3 * n * n + further) * bytes_each
    there = physical_memory()
    if there is not None and needed > there:
        raise BadInput(
            f"n = {n}, m = {m} needs about {needed / 2**30:.1f} GiB of memory and this machine "
            f"has {there / 2**30:.1f} GiB; use a smaller network."
        )


def further_numbers(network: NetworkSpec, batch: int | None) -> int:
    """What a training keeps beside one tied W: further matrices, and the codes of its inputs."""
    n, m, wiring = network.n, network.m, network.architecture
    if wiring.plain and network.problem.is_base and batch is None:
        return 0
    trained = 0 if wiring.plain else sum(map(math.prod, wiring.shapes(n, m).values()))
    inputs = batch or (FIXED_DRAWS if network.data.too_many(n) else int(network.data.count(n)))
    return TRAINED_COPIES * trained + CODE_COPIES * inputs * (n + m * wiring.layers)


def physical_memory() -> int | None:
    """Bytes of memory in this machine, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
