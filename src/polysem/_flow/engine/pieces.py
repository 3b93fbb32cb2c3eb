"""How every overlap is answered away from the base model, as arrays for the inner loops.

C_ij = −gain_ij z above the kink (z = G_ij + shift > 0), −below_ij z under it. On the diagonal
C_ii = −gain_ii (G_ii − target_i), or −dead under the kink.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from polysem._network import Problem


class Pieces(NamedTuple):
    """gain, below: (n, n). target: (n,). shift, dead: numbers. All of the state's dtype."""

    gain: np.ndarray
    below: np.ndarray
    target: np.ndarray
    shift: np.floating
    dead: np.floating


def pieces_of(problem: Problem, n: int, dtype: np.dtype) -> Pieces:
    """The pieces of a problem with n features."""
    leak, shift = problem.activation.kink
    gain = problem.gain(n)
    own, dead = np.diagonal(gain), problem.penalty.l2 / 2
    # A feature without importance has no target; its own C is −dead.
    pull = np.divide(dead, own, out=np.zeros(n), where=own > 0)
    below = leak**2 * gain + problem.cost_below(n)
    return Pieces(
        gain.astype(dtype),
        below.astype(dtype),
        (1 - shift - pull).astype(dtype),
        dtype.type(shift),
        dtype.type(dead),
    )
