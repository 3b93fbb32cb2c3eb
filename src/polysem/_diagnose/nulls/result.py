"""What every null returns: the observed statistic beside its distribution under chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from polysem._errors import BadInput

Alternative = Literal["greater", "less", "two-sided"]
SLACK = 1e-12  # relative: draws equal to the observed value count as at least as extreme


@dataclass(frozen=True)
class NullTest:
    """One statistic against its null.

    `statistic`, `null_model` — both in words. `observed` — the value. `null` — (draws,).
    `seed` — that made the draws. `alternative` — the direction tested.
    """

    statistic: str
    null_model: str
    observed: float
    null: np.ndarray
    seed: int
    alternative: Alternative = "greater"

    @cached_property
    def p(self) -> float:
        """(1 + draws at least as extreme) / (1 + draws); two-sided: twice the smaller, at most 1.

        Never 0 (Phipson and Smyth 2010). NaN if the observed value is.
        """
        if np.isnan(self.observed):
            return float("nan")
        slack = SLACK * max(1.0, abs(self.observed))
        above = _share(self.null >= self.observed - slack)
        below = _share(self.null <= self.observed + slack)
        if self.alternative == "two-sided":
            return min(1.0, 2 * min(above, below))
        return above if self.alternative == "greater" else below

    @cached_property
    def z(self) -> float:
        """(observed − mean) / sd of the null; NaN if the null does not vary."""
        spread = float(self.null.std(ddof=1)) if len(self.null) > 1 else 0.0
        rounding = 1e-13 * max(1.0, float(np.abs(self.null).max(initial=0)))
        return (self.observed - float(self.null.mean())) / spread if spread > rounding else np.nan

    def __str__(self) -> str:
        z = "the null does not vary" if np.isnan(self.z) else f"z {self.z:.1f}"
        return (
            f"{self.statistic}: {self.observed:.4g}, under {self.null_model} "
            f"{self.null.mean():.4g} ({z}, p {self.p:.2g}, {len(self.null)} draws, seed "
            f"{self.seed})"
        )


def _share(extreme: np.ndarray) -> float:
    return float((1 + np.count_nonzero(extreme)) / (1 + len(extreme)))


def simulated(draw: Callable[[np.random.Generator], float], draws: int, seed: int) -> np.ndarray:
    """`draws` values of one statistic: draw i depends on `seed` and i alone, not on `draws`."""
    return np.array([draw(generator) for generator in generators(draws, seed)])


def generators(draws: int, seed: int) -> Iterator[np.random.Generator]:
    """One independent generator per draw; `BadInput` unless there is at least one draw."""
    if draws < 1:
        raise BadInput(f"draws = {draws} is not allowed: give a whole number from 1.")
    return (np.random.default_rng([seed, i]) for i in range(draws))
