"""A mean count with its exact Poisson interval."""

from __future__ import annotations

from dataclasses import dataclass

from polysem._intervals import garwood


@dataclass(frozen=True)
class MeanCount:
    """A mean count per seed with its exact Poisson interval [low, high] at `level`.

    `total` events in `seeds` seeds.
    """

    mean: float
    low: float
    high: float
    total: int
    seeds: int
    level: float

    def __str__(self) -> str:
        return (
            f"{self.mean:.3g} per seed ({self.level:.0%} interval "
            f"{self.low:.3g} to {self.high:.3g})"
        )


def mean_count(total: int, seeds: int, level: float = 0.95) -> MeanCount:
    """Mean of a Poisson count and its exact interval, from `total` in `seeds` ≥ 1."""
    low, high = garwood(total, level)
    return MeanCount(total / seeds, low / seeds, high / seeds, total, seeds, level)
