"""Solving one seed: step, look, record, until the flow has ended or a budget is spent."""

from __future__ import annotations

import numpy as np

from polysem._flow.closing import close
from polysem._flow.engine.accuracy import Tolerances, tolerances
from polysem._flow.engine.adams import extrapolated_mean, proximal_step
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Problem, Recorder, SeedSolution
from polysem._flow.verdict import Watch
from polysem._network import gram
from polysem._types import Weights

LOOK_EVERY = 50


def solve_engine(
    W0: Weights, problem: Problem, options: FlowOptions, recorder: Recorder
) -> SeedSolution:
    """Solve one seed from W0: (n_features, n_neurons) until the flow has ended."""
    allowed = tolerances(options)
    W = np.array(W0, dtype=options.dtype)
    l1 = problem.l1
    budget, watch = Budget(options, l1), Watch(l1)
    step, t = 0, 0.0
    h = 0.0
    past: list[tuple[float, Weights]] = []
    if recorder.wants(t):
        recorder.offer(t, W)
    outcome = watch.look(t, W) if np.isfinite(W).all() else Outcome.BAD_START
    while outcome is None:
        force, stiffness = _force(W)
        past = [(t, force), *past[:2]]
        h = _step_size(W, force, l1, stiffness, t, h, allowed)
        weights = extrapolated_mean(h, [t - when for when, _ in past])
        mean = sum(np.asarray(a, W.dtype) * f for a, (_, f) in zip(weights, past, strict=True))
        W = proximal_step(W, np.asarray(mean), l1, h)
        step += 1
        t += h
        if recorder.wants(t):
            recorder.offer(t, W)
        if step % LOOK_EVERY == 0:
            outcome = watch.look(t, W)
        outcome = outcome or budget.exceeded(t, step)
    return close(outcome, W, t, step, step, budget, problem, recorder, "engine")


def _force(W: Weights) -> tuple[Weights, float]:
    G = gram(W)
    stiffness = 8 * float(np.abs(G).sum(1).max())
    C = -np.maximum(G, 0)
    C[np.diag_indices_from(C)] += 1
    C *= 4
    return C @ W, max(stiffness, 8.0)


def _step_size(
    W: Weights,
    force: Weights,
    l1: float,
    stiffness: float,
    t: float,
    before: float,
    allowed: Tolerances,
) -> float:
    speed = np.sign(W) * force - l1
    fastest = float(np.sqrt(np.where(W != 0, speed**2, 0).sum(1).max()))
    largest = allowed.early if t < 1.5 else allowed.late
    h = min(
        largest / max(fastest, 1e-30),
        allowed.stability / stiffness,
        allowed.growth * max(t, 0.03),
    )
    return min(h, 2 * before) if before else h
