"""The numbers of every figure of the live view as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polysem._explorer.live.course import QUANTITIES
from polysem._explorer.live.moment import Moment
from polysem._explorer.live.planes import state_masks

if TYPE_CHECKING:
    from pandas import DataFrame


def weights(now: Moment) -> DataFrame:
    """One row per cell: t, feature, neuron, weight (to three digits).

    Where a cell stands for a block of weights, `feature` and `neuron` are the block's first.
    """
    from pandas import DataFrame

    rows, columns = now.frame.picture.shape
    feature, neuron = now.opening.firsts(rows, columns)
    return DataFrame(
        {
            "t": now.frame.t,
            "feature": np.repeat(feature, columns),
            "neuron": np.tile(neuron, rows),
            "weight": now.frame.picture.astype(np.float32).ravel(),
        }
    )


def collisions(now: Moment) -> DataFrame:
    """One row per pair: t, both features, the neuron, sign, both weights, state."""
    from pandas import DataFrame

    pairs = now.opening.pairs
    masks = state_masks(pairs, now.frame.resolved)
    return DataFrame(
        {
            "t": now.frame.t,
            "larger": pairs.larger,
            "smaller": pairs.smaller,
            "neuron": pairs.neuron,
            "sign": np.where(pairs.benign, "opposite", "same"),
            "larger_weight": now.frame.weights[:, 0],
            "smaller_weight": now.frame.weights[:, 1],
            "state": np.select(list(masks.values()), list(masks), default=""),
        }
    )


def phase(now: Moment) -> DataFrame:
    """One row per moment until the one shown: t, both weights of the pair, the forces on them."""
    from pandas import DataFrame

    frames = now.history.frames[: now.history.at + 1]
    columns = {"t": np.array([frame.t for frame in frames])}
    parts = {"weight": now.history.way(now.pair)}
    for name in frames[0].forces:
        parts[name] = np.array([frame.forces[name][now.pair] for frame in frames])
    for name, values in parts.items():
        columns |= {f"larger_{name}": values[:, 0], f"smaller_{name}": values[:, 1]}
    return DataFrame(columns)


def course(now: Moment) -> DataFrame:
    """One row per series and time: what was measured so far, and the laws."""
    from pandas import DataFrame, concat

    frames = now.history.frames
    columns = {name: [getattr(frame, name) for frame in frames] for name in QUANTITIES}
    parts = [DataFrame({"series": "measured", "t": [frame.t for frame in frames], **columns})]
    for law in now.laws.laws if now.laws is not None else ():
        columns = {name: getattr(law, name) for name in QUANTITIES}
        parts.append(DataFrame({"series": law.name, "t": law.t, **columns}))
    return concat(parts, ignore_index=True)
