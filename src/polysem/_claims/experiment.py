"""The experiment of a claim: a sweep in two sizes, and which of its seeds may be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polysem._claims.views import rows

Grid = Mapping[str, Any]

CONVERGED = ("converged",)
SETTLED = ("converged", "stationary", "all_dead")
TRAINED = ("steps_done",)
ANYWHEN = ("converged", "stationary", "all_dead", "time_limit", "step_limit")


@dataclass(frozen=True)
class Experiment:
    """A sweep for a claim.

    `quick`, `full` — grids of `polysem.sweep`. `accept` — outcomes of seeds that may be used; the
    others are excluded and counted. `sparse` — exclude, too, seeds whose census does not call them
    converged (for trainings, which certify nothing). `view` — from the sweep and its accepted rows
    to the table that is measured. `weights` — keep weights, for views that need them.
    """

    quick: Grid
    full: Grid
    accept: tuple[str, ...] = CONVERGED
    sparse: bool = False
    view: Callable[[Any, Any], Any] = rows
    weights: bool = False

    def is_the_sweep_of(self, other: Experiment) -> bool:
        """True if both need the same networks."""
        return (self.quick, self.full) == (other.quick, other.full)
