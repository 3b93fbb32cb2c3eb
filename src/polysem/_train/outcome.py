"""How the training of one seed ended, and what it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from polysem._flow.certificate import Certificate
from polysem._types import Weights


class TrainOutcome(StrEnum):
    """How the training of one seed ended. A value, never an exception."""

    STEPS_DONE = "steps_done"
    DIVERGED = "diverged"
    BAD_START = "bad_start"
    INTERRUPTED = "interrupted"

    @property
    def remedy(self) -> str:
        """What it means and what to do, in one or two sentences."""
        return _REMEDY[self]

    @property
    def final(self) -> bool:
        """False: an optimiser never certifies that more steps would change nothing."""
        return False


_REMEDY = {
    TrainOutcome.STEPS_DONE: (
        "All steps were taken. An optimiser with a fixed learning rate ends by its number of "
        "steps, not by a certificate: see in the census whether the state is sparse, and if not, "
        "train for more steps."
    ),
    TrainOutcome.DIVERGED: (
        "A weight stopped being finite or grew beyond all bounds, so this seed was stopped; "
        "other seeds are unaffected. Lower the learning rate (lr) or the strength of the noise."
    ),
    TrainOutcome.BAD_START: (
        "The starting weights of this seed are not finite, so it was not trained. "
        "Repair the start; other seeds are unaffected."
    ),
    TrainOutcome.INTERRUPTED: (
        "The run was interrupted before this seed had taken all its steps; the state is that of "
        "its last whole step. Run it again."
    ),
}


@dataclass(frozen=True)
class TrainedSeed:
    """The end of one seed, with the fields of `SeedSolution`.

    `end` — final weights (n_features, n_neurons). `steps` — optimiser steps taken; `t` is the
    same number, the time of training. `rhs_evaluations` — gradients computed. `wall_seconds` —
    this seed's share of the time of the seeds trained together with it. `certificate` — measured
    like that of a flow; training rarely satisfies it, because it never reaches exact zeros.
    `method` — such as "AdamW/closed". `trajectory` — name → (times, …) arrays, "t" = step.
    `layers` — (2, layers, n, m), the encodings at every layer at start and end, where the
    architecture is not one tied layer; `end` is then the last of them.
    """

    outcome: TrainOutcome
    end: Weights
    t: float
    steps: int
    rhs_evaluations: int
    wall_seconds: float
    certificate: Certificate
    method: str
    trajectory: Mapping[str, np.ndarray] = field(default_factory=dict)
    layers: Weights | None = None
