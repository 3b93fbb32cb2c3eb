"""A batch of seeds: step, record, look, and let go of the seeds whose flow has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from polysem._flow.batched.motion import BatchMotion
from polysem._flow.batched.pace import Paces
from polysem._flow.closing import close
from polysem._flow.engine.accuracy import Allowed, allowed
from polysem._flow.limit import take_to_limit
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.stepper import Budget, Recorder, SeedSolution
from polysem._flow.verdict import Watch
from polysem._network import Problem
from polysem._types import Weights

METHOD = "batched"
Ended = list[tuple[int, SeedSolution]]


@dataclass(frozen=True)
class Member:
    """One seed of a batch: its number, and who looks at its states and keeps them."""

    index: int
    recorder: Recorder
    watch: Watch


class Batch:
    """Seeds in motion together. `ended` holds those that ended at once; `step` gives others.

    Clocks, step sizes and counts are arrays with one entry per seed, in the order of `_members`.
    """

    def __init__(
        self,
        starts: Sequence[Weights],
        indices: Sequence[int],
        recorders: Sequence[Recorder],
        problem: Problem,
        options: FlowOptions,
        device: torch.device,
    ) -> None:
        self._problem = problem
        n = len(starts[0])
        self._budget = Budget(options, problem, n)
        self._pace = Paces(problem.l1)
        self._tried = 0
        self._members: list[Member] = []
        self.ended: Ended = []
        states: list[np.ndarray] = []
        for W0, index, recorder in zip(starts, indices, recorders, strict=True):
            A = np.array(np.asarray(W0).T, dtype=options.dtype, order="C")
            member = Member(index, recorder, Watch(problem, n))
            outcome = _first_look(member, A)
            if outcome is None:
                self._members.append(member)
                states.append(A)
            else:
                self.ended.append((index, self._close(member, outcome, A, 0.0, 0)))
        self._t, self._steps = np.zeros(len(states)), np.zeros(len(states), dtype=np.int64)
        self._due = np.array([member.watch.window for member in self._members])
        if states:
            self._motion = BatchMotion(torch.from_numpy(np.stack(states)).to(device), problem.l1)
            each = np.array([allowed(options, A, problem.l1) for A in states]).T
            self._pace.begin(self._motion.first_step, Allowed(*each))

    def __len__(self) -> int:
        """How many seeds are still in motion."""
        return len(self._members)

    def step(self) -> Ended:
        """One step of every seed; returns (index, solution) of those that end with it."""
        left = np.maximum(self._budget.t_max - self._t, 1e-12)
        h = np.minimum(np.minimum(self._pace.h, self._motion.longest_step), left)
        error = self._motion.attempt(h)
        accepted = self._pace.judge(h, error) & np.isfinite(error)
        self._motion.decide(accepted)
        self._tried += 1
        self._steps += accepted
        self._t += np.where(accepted, h, 0)
        self._record(accepted)
        outcomes = dict.fromkeys(np.flatnonzero(~np.isfinite(error)).tolist(), Outcome.DIVERGED)
        outcomes |= self._look(accepted)
        return self._let_go(self._spent() | outcomes)

    def _record(self, accepted: np.ndarray) -> None:
        """Offer the states that recorders want."""
        clocks = self._t.tolist()
        moved = zip(self._members, clocks, accepted.tolist(), strict=True)
        wanting = [
            i for i, (member, t, stands) in enumerate(moved) if stands and member.recorder.wants(t)
        ]
        if not wanting:
            return
        for i, A in zip(wanting, self._motion.states(np.array(wanting)), strict=True):
            self._members[i].recorder.offer(clocks[i], A.T)

    def _look(self, accepted: np.ndarray) -> dict[int, Outcome]:
        """Outcomes of the seeds that may have ended: features apart, or a look due."""
        apart = self._motion.apart()
        due = np.setdiff1d(np.flatnonzero(accepted & (self._t >= self._due)), apart)
        outcomes = {}
        for i, A in self._states(apart):
            take_to_limit(A.T, self._problem)  # as `Motion.settle`
            self._motion.replace(i, A)
            outcomes[i] = self._members[i].watch.look(float(self._t[i]), A.T)
        for i, A in self._states(due):
            outcomes[i] = self._members[i].watch.look(float(self._t[i]), A.T)
            self._due[i] = self._t[i] + self._members[i].watch.window
        return {i: outcome for i, outcome in outcomes.items() if outcome is not None}

    def _states(self, seeds: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """(position, copy of the state on the host) of these seeds."""
        if len(seeds) == 0:
            return []
        return list(zip(seeds.tolist(), self._motion.states(seeds), strict=True))

    def _spent(self) -> dict[int, Outcome]:
        """Outcomes of the seeds whose budget is spent."""
        spent = {}
        if self._budget.exceeded(-np.inf, self._tried) is not None:  # steps or seconds: everyone's
            spent = dict.fromkeys(range(len(self)))
        spent |= dict.fromkeys(np.flatnonzero(self._t >= self._budget.t_max).tolist())
        named = {i: self._budget.exceeded(float(self._t[i]), self._tried) for i in spent}
        return {i: outcome for i, outcome in named.items() if outcome is not None}

    def _let_go(self, outcomes: dict[int, Outcome]) -> Ended:
        """Close the seeds with an outcome and let the others close ranks."""
        if not outcomes:
            return []
        gone = np.array(sorted(outcomes))
        ended = []
        for i, A in self._states(gone):
            t, steps = float(self._t[i]), int(self._steps[i])
            solution = self._close(self._members[i], outcomes[i], A, t, steps)
            ended.append((self._members[i].index, solution))
        order = self._motion.leave(gone)
        self._members = [self._members[i] for i in order]
        self._pace.keep(order)
        self._t, self._steps, self._due = self._t[order], self._steps[order], self._due[order]
        return ended

    def _close(
        self, member: Member, outcome: Outcome, A: np.ndarray, t: float, steps: int
    ) -> SeedSolution:
        W = np.ascontiguousarray(A.T)
        work = self._tried + 1 if self._tried else 0
        return close(
            outcome, W, t, steps, work, self._budget, self._problem, member.recorder, METHOD
        )


def _first_look(member: Member, A: np.ndarray) -> Outcome | None:
    """Record the start A = Wᵀ; its outcome if it has one, so that it never enters the batch."""
    if member.recorder.wants(0.0):
        member.recorder.offer(0.0, A.T)
    return member.watch.look(0.0, A.T) if np.isfinite(A).all() else Outcome.BAD_START
