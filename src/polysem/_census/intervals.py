"""Exact Poisson interval for a mean count."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import gammaincinv


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
    """Mean of a Poisson count and its exact interval (Garwood 1936), from `total` in `seeds` ≥ 1.

    The bounds are χ² quantiles, χ²_{α/2}(2k)/2 and χ²_{1−α/2}(2k+2)/2, written with the inverse
    of the incomplete gamma function.
    """
    tail = (1 - level) / 2
    low = float(gammaincinv(total, tail)) if total else 0.0
    high = float(gammaincinv(total + 1, 1 - tail))
    return MeanCount(total / seeds, low / seeds, high / seeds, total, seeds, level)
