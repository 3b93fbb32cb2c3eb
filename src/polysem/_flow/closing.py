"""Putting the solution of one seed together, the same way for every method."""

from __future__ import annotations

from polysem._flow.limit import take_to_limit
from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Problem, Recorder, SeedSolution
from polysem._flow.verdict import NORM_BLOWN_UP, closing_certificate, largest_weight
from polysem._types import Weights


def close(
    outcome: Outcome,
    W: Weights,
    t: float,
    steps: int,
    rhs_evaluations: int,
    budget: Budget,
    problem: Problem,
    recorder: Recorder,
    method: str,
) -> SeedSolution:
    """Finish one seed: take a certified W to its limit, in place, and put the solution together.

    A budget may end between two looks at the state, so whether it diverged or died is asked
    here again.
    """
    trajectory = recorder.finish(t, W)
    if outcome is not Outcome.BAD_START and not largest_weight(W) < NORM_BLOWN_UP:
        outcome = Outcome.DIVERGED
    if outcome is Outcome.CONVERGED:
        take_to_limit(W, problem)
    if not W.any():
        outcome = Outcome.ALL_DEAD
    return SeedSolution(
        outcome=outcome,
        end=W,
        t=t,
        steps=steps,
        rhs_evaluations=rhs_evaluations,
        wall_seconds=budget.seconds,
        certificate=closing_certificate(W, problem),
        method=method,
        trajectory=trajectory,
    )
