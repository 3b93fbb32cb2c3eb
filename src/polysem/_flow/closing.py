"""Putting the solution of one seed together, the same way for every method."""

from __future__ import annotations

from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Problem, Recorder, SeedSolution
from polysem._flow.verdict import closing_certificate, limit_of_certified
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
    """Finish one seed: take a certified state to its limit and put the solution together."""
    trajectory = recorder.finish(t, W)
    end = limit_of_certified(W, problem.l1) if outcome is Outcome.CONVERGED else W
    if outcome is Outcome.CONVERGED and not end.any():
        outcome = Outcome.ALL_DEAD
    return SeedSolution(
        outcome=outcome,
        end=end,
        t=t,
        steps=steps,
        rhs_evaluations=rhs_evaluations,
        wall_seconds=budget.seconds,
        certificate=closing_certificate(end, problem.l1),
        method=method,
        trajectory=trajectory,
    )
