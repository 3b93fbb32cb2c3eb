"""The reference stepper: proximal Euler with a fixed small step. Slow, plain, the oracle.

    W ← S_{λ dt}(W + dt · smooth_force(W)),   S_a(x) = sign(x) max(|x| − a, 0)

for every loss of `Problem`. The soft threshold S is the exact resolvent of the ℓ1 term, so weights
reach exact zeros, stay there while |smooth force| ≤ λ and come back otherwise, without
bookkeeping. First order in dt.
"""

from __future__ import annotations

import numpy as np

from polysem._flow.closing import close
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Problem, Recorder, SeedSolution
from polysem._flow.verdict import Watch
from polysem._types import Weights

LOOK_EVERY = 50  # steps between two looks at whether the flow has ended


def euler_step(W: Weights, problem: Problem, dt: float) -> Weights:
    """One proximal Euler step of size `dt`; same shape and dtype."""
    moved = W + dt * problem.smooth_force(W)
    lost = problem.strengths(W)[..., None] * dt
    return np.sign(moved) * np.maximum(np.abs(moved) - lost, 0)


def solve_reference(
    W0: Weights, problem: Problem, options: FlowOptions, recorder: Recorder
) -> SeedSolution:
    """Solve one seed from W0: (n_features, n_neurons) until the flow has ended."""
    W = np.array(W0, dtype=options.dtype)
    dt = options.dt
    budget, watch = Budget(options, problem, len(W)), Watch(problem, len(W))
    step, t = 0, 0.0
    if recorder.wants(t):
        recorder.offer(t, W)
    outcome = watch.look(t, W) if np.isfinite(W).all() else Outcome.BAD_START
    while outcome is None:
        W = euler_step(W, problem, dt)
        step += 1
        t = step * dt
        if recorder.wants(t):
            recorder.offer(t, W)
        if step % LOOK_EVERY == 0:
            outcome = watch.look(t, W)
        outcome = outcome or budget.exceeded(t, step)
    return close(outcome, W, t, step, step, budget, problem, recorder, "reference")
