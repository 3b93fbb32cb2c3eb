"""More training under the plain loss, from wherever a run ended, nudged off its exact zeros."""

from __future__ import annotations

import numpy as np

from polysem._flow.spec import SimulateSpec
from polysem._repair.prevent.plain import QUIET
from polysem._repair.prevent.relu_only import changed
from polysem._repair.prevent.solving import Spec, solved
from polysem._run.run import Run
from polysem._train.options import TrainOptions
from polysem._types import Weights

JITTER = 0.01
"""Standard deviation of the nudge, in units of a random start's, 1/√m. A state of exact zeros is a
fixed point; without a nudge it would survive by default."""
STREAM = 0x66757274
SHARE = 0.2  # of a training's steps


def further(run: Run, plain: Spec, workers: int | None = None) -> Run:
    """The flow to its next certified end, or `SHARE` of the steps of a training, without noise.

    Every seed gets the same nudge whatever the method.
    """
    network = changed(plain.network, m=run.spec.network.m, initial=run.spec.network.initial)
    spec = plain.model_copy(update={"network": network, "record": QUIET})
    if not isinstance(spec, SimulateSpec):
        steps = max(1, round(SHARE * spec.train.steps))
        settings = {**spec.train.model_dump(), "steps": steps}
        spec = spec.model_copy(update={"train": TrainOptions.build(**settings)})
    return solved(spec, nudged(run.end, run.seeds), run.seeds, workers)


def nudged(W: Weights, seeds: tuple[int, ...]) -> Weights:
    """W (seeds, n, m) with N(0, (JITTER)²/m) added to every weight, drawn seed by seed."""
    scale = JITTER / np.sqrt(W.shape[-1])
    nudges = [np.random.default_rng((seed, STREAM)).standard_normal(W.shape[1:]) for seed in seeds]
    return (W + scale * np.stack(nudges)).astype(W.dtype)
