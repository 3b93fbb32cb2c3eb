"""What a right-hand side must cost at least: the floor.

    force (C W):       2 n² m flops
    overlaps (W Wᵀ):     n² m flops, since only half of them are distinct
    together:          3 n² m flops per dense right-hand side

over the measured rate of a float32 matrix product. A gradient by autograd takes more.
"""

from __future__ import annotations


def force_flops(n: int, m: int) -> float:
    """Flops of one dense force."""
    return 2.0 * n * n * m


def gram_flops(n: int, m: int) -> float:
    """Flops of all overlaps, by symmetry."""
    return 1.0 * n * n * m


def rhs_flops(n: int, m: int) -> float:
    """Flops of one dense right-hand side."""
    return force_flops(n, m) + gram_flops(n, m)
