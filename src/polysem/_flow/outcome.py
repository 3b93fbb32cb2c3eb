"""The named ways in which a solve can end, each with its remedy in words."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How the solution of one seed ended. A value, never an exception."""

    CONVERGED = "converged"
    STATIONARY = "stationary"
    ALL_DEAD = "all_dead"
    TIME_LIMIT = "time_limit"
    STEP_LIMIT = "step_limit"
    SECONDS_LIMIT = "seconds_limit"
    DIVERGED = "diverged"
    BAD_START = "bad_start"

    @property
    def remedy(self) -> str:
        """What it means and what to do, in one or two sentences."""
        return _REMEDY[self]

    @property
    def final(self) -> bool:
        """True if the flow has nowhere left to go: more time would change nothing."""
        return self in (Outcome.CONVERGED, Outcome.STATIONARY, Outcome.ALL_DEAD)


_REMEDY = {
    Outcome.CONVERGED: (
        "Certified end state: one or no nonzero weight per feature, no positive overlap, every "
        "zero weight held. Nothing to do."
    ),
    Outcome.STATIONARY: (
        "The flow has stopped moving but its state is not sparse (λ = 0, or more features than "
        "the neurons can hold apart). Neuron counts of a dense state depend on the basis; use "
        "λ > 0 or more neurons to obtain a sparse end state."
    ),
    Outcome.ALL_DEAD: (
        "Every weight reached zero: λ is above the death threshold of all features. "
        "Lower λ (see `polysem predict`) or start from larger weights."
    ),
    Outcome.TIME_LIMIT: (
        "The time budget was reached before the certificate held; the state is partial. "
        "Raise t_max: sparse end states need λt of about 5 to 20."
    ),
    Outcome.STEP_LIMIT: (
        "The step budget was reached before the certificate held; the state is partial. "
        "Raise max_steps."
    ),
    Outcome.SECONDS_LIMIT: (
        "The wall-clock budget was reached before the certificate held; the state is partial. "
        "Raise max_seconds, or use a smaller network or a larger λ."
    ),
    Outcome.DIVERGED: (
        "A weight stopped being finite or a norm blew up: the step was too large. "
        "Use a smaller step (reference method) or a tighter accuracy."
    ),
    Outcome.BAD_START: (
        "The starting weights of this seed are not finite, so it was not solved. "
        "Repair the start; other seeds are unaffected."
    ),
}
