"""Training one stack of seeds from start to end, in one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from polysem._flow.stepper import Recorder
from polysem._flow.verdict import NORM_BLOWN_UP
from polysem._network import Problem
from polysem._train.certificate import certificate_of
from polysem._train.model import Model, make_model
from polysem._train.optimiser import make_update
from polysem._train.options import TrainOptions
from polysem._train.outcome import TrainedSeed, TrainOutcome
from polysem._types import Weights

LOOK_EVERY = 100  # steps between two looks for seeds that diverged

KeepOn = Callable[[int], bool]
"""Told the number of whole steps done; answers whether to go on."""


def train_batch(
    W0: Weights,
    seeds: Sequence[int],
    problem: Problem,
    options: TrainOptions,
    device: torch.device,
    recorders: Sequence[Recorder],
    keep_on: KeepOn,
) -> list[TrainedSeed]:
    """Train W0: (seeds, n, m), finite, for the steps of `options`; one result per seed.

    The updates are elementwise and every matrix product is of one seed, so a seed that diverges
    spoils no other; it is left behind at the next look.
    """
    began = time.perf_counter()
    model = make_model(W0, problem, options, device, seeds)
    gradient, update = model.gradient, make_update(options, model.theta, model.grad)
    method = f"{options.optimiser}/{gradient.how}"
    stack = Stack(model, recorders)
    step = 0
    with np.errstate(over="ignore", invalid="ignore"):
        stack.record(step)
        while keep_on(step) and stack.going and step < options.steps:
            gradient()
            update()
            step += 1
            stack.record(step)
            if step % LOOK_EVERY == 0:
                stack.leave_diverged(step)
        stack.leave_diverged(step)
        done = step == options.steps
        stack.leave(TrainOutcome.STEPS_DONE if done else TrainOutcome.INTERRUPTED, step)
        seconds = (time.perf_counter() - began) / len(seeds)
        return [stack.result(place, problem, method, seconds) for place in range(len(seeds))]


class Stack:
    """The seeds of one batch: which still train, and where the others ended."""

    def __init__(self, model: Model, recorders: Sequence[Recorder]) -> None:
        self._model = model
        self._recorders = recorders
        self.going = list(range(len(model.theta)))
        self._began = [model.layers(place) for place in self.going]
        self._ended: dict[int, tuple[TrainOutcome, int, Weights, Weights | None]] = {}

    def record(self, step: int) -> None:
        """Offer the present state to every recorder that wants it."""
        for place in self.going:
            if self._recorders[place].wants(step):
                self._recorders[place].offer(step, self._state(place))

    def leave_diverged(self, step: int) -> None:
        """End the seeds with a weight that is not finite or beyond all bounds."""
        flat = self._model.theta.flatten(1)
        largest = torch.maximum(flat.amax(1), -flat.amin(1)).tolist()
        diverged = [place for place in self.going if not largest[place] < NORM_BLOWN_UP]
        self._leave(diverged, TrainOutcome.DIVERGED, step)

    def leave(self, outcome: TrainOutcome, step: int) -> None:
        """End every seed that still trains."""
        self._leave(self.going, outcome, step)

    def _leave(self, places: list[int], outcome: TrainOutcome, step: int) -> None:
        for place in places:
            state, layers = self._state(place).copy(), self._model.layers(place)
            if not np.isfinite(state if layers is None else layers).all():
                outcome = TrainOutcome.DIVERGED  # finite weights whose codes are not
            self._ended[place] = (outcome, step, state, layers)
        self.going = [place for place in self.going if place not in self._ended]

    def _state(self, place: int) -> Weights:
        """The encodings of one seed, (n, m)."""
        return self._model.encodings(place)

    def result(self, place: int, problem: Problem, method: str, seconds: float) -> TrainedSeed:
        """The result of a seed that has ended."""
        outcome, step, end, layers = self._ended[place]
        began = self._began[place]
        return TrainedSeed(
            outcome=outcome,
            end=end,
            t=float(step),
            steps=step,
            rhs_evaluations=step,
            wall_seconds=seconds,
            certificate=certificate_of(end, problem),
            method=method,
            trajectory=self._recorders[place].finish(step, end),
            layers=None if layers is None or began is None else np.stack([began, layers]),
        )
