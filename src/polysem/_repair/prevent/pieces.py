"""λ that changes in pieces, each solved or trained with its own constant λ from the last state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from polysem._flow.options import FlowOptions
from polysem._flow.spec import SimulateSpec
from polysem._repair.prevent.method import Method, Progress
from polysem._repair.prevent.plain import QUIET
from polysem._repair.prevent.relu_only import changed
from polysem._repair.prevent.solving import Spec, solved
from polysem._run.run import Run
from polysem._train.options import TrainOptions
from polysem._types import Weights

SUMMED = ("t", "steps", "rhs_evaluations", "wall_seconds")
LOST = ("diverged", "bad_start")


@dataclass(frozen=True)
class Piece:
    """`factor` — of the plain λ. `length` — flow time, or steps of a training."""

    factor: float
    length: float


class Schedule(Method):
    """λ as a schedule: pieces of constant λ, then the plain λ to the end.

    In the flow a piece ends at its time and the next starts from its exact state, so this is the
    flow of the scheduled λ. In a training each piece starts with fresh moments of the optimiser,
    and its noise and batches begin anew; the steps add up to those of the plain training.
    """

    def pieces(self, spec: Spec) -> Sequence[Piece]:
        """What comes before the plain λ."""
        raise NotImplementedError

    def refusal(self, spec: Spec) -> str | None:
        """There must be a λ to schedule, and steps left for it."""
        if spec.network.l1 == 0:
            return "λ = 0 has no schedule"
        if not isinstance(spec, SimulateSpec):
            taken = sum(piece.length for piece in self.pieces(spec))
            if taken >= spec.train.steps:
                return f"its pieces take {taken:g} steps, the training has {spec.train.steps}"
        return None

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """Piece after piece, then the plain λ."""
        self.check(plain.spec)
        state, spent, lost = plain.start, [], {}
        for piece in self.pieces(plain.spec):
            run = solved(piece_of(plain.spec, piece), state, plain.seeds, workers)
            lost |= _lost(run)
            spent.append(run)
            state = _kept(run.end, state)
        taken = sum(round(piece.length) for piece in self.pieces(plain.spec))
        last = solved(rest_of(plain.spec, taken), state, plain.seeds, workers, progress)
        return _whole(plain, last, spent, lost)


def piece_of(spec: Spec, piece: Piece) -> Spec:
    """The specification of one piece."""
    network = changed(spec.network, l1=piece.factor * spec.network.l1)
    if isinstance(spec, SimulateSpec):
        flow = FlowOptions.build(
            **{**spec.flow.model_dump(), "t_max": piece.length, "check": False}
        )
        return spec.model_copy(update={"network": network, "flow": flow, "record": QUIET})
    train = TrainOptions.build(**{**spec.train.model_dump(), "steps": round(piece.length)})
    return spec.model_copy(update={"network": network, "train": train, "record": QUIET})


def rest_of(spec: Spec, taken: int) -> Spec:
    """The plain specification for what is left: of a training, its steps less those `taken`."""
    if isinstance(spec, SimulateSpec):
        return spec.model_copy(update={"record": QUIET})
    train = TrainOptions.build(**{**spec.train.model_dump(), "steps": spec.train.steps - taken})
    return spec.model_copy(update={"train": train, "record": QUIET})


def _lost(run: Run) -> dict[int, str]:
    """Seeds that a piece lost, with their outcome."""
    pairs = zip(run.seeds, run.solves, strict=True)
    return {seed: str(s["outcome"]) for seed, s in pairs if str(s["outcome"]) in LOST}


def _kept(end: Weights, before: Weights) -> Weights:
    """The end of a piece; of seeds that were lost the state before, so that others go on."""
    whole = np.isfinite(end).all((1, 2), keepdims=True)
    return np.where(whole, end, before)


def _whole(plain: Run, last: Run, spent: Sequence[Run], lost: dict[int, str]) -> Run:
    """The last piece as the whole run: started where the plain one did, costs added up."""
    solves = []
    for place, (seed, solve) in enumerate(zip(last.seeds, last.solves, strict=True)):
        parts = [run.solves[place] for run in spent]
        total = {name: solve[name] + sum(p[name] for p in parts) for name in SUMMED}
        outcome = {"outcome": lost[seed]} if seed in lost else {}
        solves.append({**solve, **total, **outcome})
    return replace(last, start=plain.start, solves=tuple(solves))
