"""Solving one seed: step, record, look, until the flow has ended or a budget is spent."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from polysem._flow.closing import close
from polysem._flow.engine.accuracy import allowed
from polysem._flow.engine.motion import Motion
from polysem._flow.engine.pace import Pace
from polysem._flow.engine.products import Products
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Problem, Recorder, SeedSolution
from polysem._flow.verdict import Watch
from polysem._types import Weights

SMALL = 256  # weights up to which NumPy is quick enough and nothing is compiled


def solve_engine(
    W0: Weights, problem: Problem, options: FlowOptions, recorder: Recorder
) -> SeedSolution:
    """Solve one seed from W0: (n_features, n_neurons) until the flow has ended."""
    n = len(W0)
    budget, watch = Budget(options, problem, n), Watch(problem, n)
    A = np.array(np.asarray(W0).T, dtype=options.dtype, order="C")
    del W0
    t, steps, tried = 0.0, 0, 0
    if recorder.wants(t):
        recorder.offer(t, A.T)
    outcome = watch.look(t, A.T) if np.isfinite(A).all() else Outcome.BAD_START
    if outcome is not None:
        return close(outcome, A.T.copy(), t, 0, 0, budget, problem, recorder, "engine")
    l1 = float(problem.base_strengths(n).max())
    pace = Pace(allowed(options, A, l1), l1)
    kernels = _kernels(A)
    motion = Motion(A, problem, kernels, Products(kernels, sparse_below=float(A.size > SMALL)))
    pace.begin(motion.first_step)
    due = t + watch.window
    while outcome is None:
        h = min(pace.h, motion.longest_step, max(budget.t_max - t, 1e-12))
        error = motion.attempt(h)
        tried += 1
        if not np.isfinite(error):
            outcome = Outcome.DIVERGED
        elif pace.judge(h, error):
            motion.accept()
            motion.shed()
            steps += 1
            t += h
            if recorder.wants(t):
                recorder.offer(t, motion.state)
            if motion.apart:
                motion.settle()
                outcome = watch.look(t, motion.state)
            elif t >= due:
                outcome = watch.look(t, motion.state)
                due = t + watch.window
                if watch.rippling:
                    pace.calm()
        else:
            motion.reject()
        outcome = outcome or budget.exceeded(t, tried)
    del watch
    A = motion.state
    del motion  # arrays of this size, which closing can use
    W = np.ascontiguousarray(A)
    return close(outcome, W, t, steps, tried + 1, budget, problem, recorder, "engine")


def _kernels(A: np.ndarray) -> ModuleType:
    """The inner loops for a state of this size; compiled ones are imported only if used."""
    if A.size <= SMALL:
        from polysem._flow.engine import eager

        return eager
    from polysem._flow.engine import compiled

    return compiled
