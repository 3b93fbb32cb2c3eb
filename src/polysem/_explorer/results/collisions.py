"""The collisions of one network's start, by the two weights that are left at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._explorer.live.frames import Frame, open_start
from polysem._explorer.live.planes import CollisionMap
from polysem._run.run import Run

CAPTION = (
    "Every pair of features whose largest starting weight was on the same neuron, by its two "
    "weights there at the end. In the top left or bottom right corner both stayed: a polysemantic "
    "neuron. Grey crosses: one or both have left."
)


def collision_map(run: Run) -> Any | None:
    """The Bokeh figure of a run of one network; None if nothing collided."""
    start, end = run.start[0], run.end[0]
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        return None
    opening = open_start(start)
    if not opening.pairs.collided:
        return None
    drawn = CollisionMap()
    drawn.open(opening)
    drawn.show(_still(end, opening.pairs))
    return drawn.plot


def _still(W: np.ndarray, pairs: Any) -> Frame:
    """The end of a network as the map reads it; forces are not shown."""
    i, j, k = pairs.larger, pairs.smaller, pairs.neuron
    size = np.abs(W)
    best = np.where(size.max(1) > 0, size.argmax(1), -1)
    return Frame(
        t=0.0, picture=np.zeros((1, 1), np.float16), l1_norm=0.0, m_prime=0.0,
        weights=np.stack([W[i, k], W[j, k]], axis=1).astype(np.float64),
        forces={}, resolved=(best[i] != k) | (best[j] != k),
    )  # fmt: skip
