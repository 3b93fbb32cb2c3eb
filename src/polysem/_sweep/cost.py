"""What a cell costs: seconds of one seed on a usual core, bytes of memory. For planning only."""

from __future__ import annotations

import math
from typing import Any

from polysem._run.memory import further_numbers

MIB = 2**20
FLOW_PROCESS = 220 * MIB  # a worker with the flow's kernels loaded
TRAIN_PROCESS = 480 * MIB  # a worker with torch loaded
DENSE_COPIES = 6  # arrays of W's size alive at once in a solve
KEPT_COPIES = 3  # of each seed of a block until its census is taken
ENGINE_STEPS = 400  # of the engine in a usual solve, about
REFERENCE_FLOPS = 4e9  # per second, of the reference stepper


def seconds_of_seed(spec: Any) -> float:
    """About how long one seed takes on one core of a usual machine."""
    n, m = spec.network.n, spec.network.m
    if spec.verb == "train":
        return 0.002 + spec.train.steps * train_step_seconds(n, m)
    l1, most = max(spec.network.l1, 1e-6), spec.flow.max_steps or math.inf
    if spec.flow.method == "reference" or spec.network.problem.outside_engine is not None:
        steps = min(8 / l1 / spec.flow.dt, most)
        return 0.002 + steps * (1e-5 + 4 * n * n * m / REFERENCE_FLOPS)
    usual = flow_seconds(n, m, l1) * (0.4 if spec.flow.accuracy == "fast" else 1.0)
    return 0.004 + usual * min(1.0, most / ENGINE_STEPS)


def flow_seconds(n: int, m: int, l1: float) -> float:
    """About how long the engine takes for one seed, measured at n = 64 to 256."""
    size = (n / 64) ** 2.2 * (0.3 * (m / n) ** 0.5 + 2 * (n / m) ** 2)
    return size * (0.001 / l1) ** 0.3


def train_step_seconds(n: int, m: int) -> float:
    """About how long one closed-form step of one seed takes."""
    return 2e-5 + n * m * (8e-9 + 6e-11 * n)


def bytes_of_cell(spec: Any) -> tuple[int, int]:
    """Memory of computing a cell: (whatever the seeds, for every seed in a block besides)."""
    n, m = spec.network.n, spec.network.m
    options = spec.flow if spec.verb == "simulate" else spec.train
    each = 4 if options.dtype == "float32" else 8
    process = FLOW_PROCESS if spec.verb == "simulate" else TRAIN_PROCESS
    fixed = process + DENSE_COPIES * n * m * each + 3 * n * n * each
    if spec.verb == "train":
        fixed += further_numbers(spec.network, spec.train.batch) * each
    recorded = _recorded_numbers(spec, n, m) * 8
    together = DENSE_COPIES * n * m * each if spec.verb == "train" else 0
    return fixed, KEPT_COPIES * n * m * each + together + recorded


def _recorded_numbers(spec: Any, n: int, m: int) -> int:
    """How many numbers a seed keeps over time, at most about."""
    what = spec.record.what
    if not what:
        return 0
    last = spec.train.steps if spec.verb == "train" else spec.flow.time_budget(spec.network.l1)
    if spec.record.every is not None:
        times = last / spec.record.every
    else:
        times = spec.record.per_decade * max(1.0, math.log10(last / spec.record.first) + 1)
    per_time = sum(n * m if name == "weights" else n for name in what)
    return int(times * per_time)
