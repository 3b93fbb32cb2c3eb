"""Solving seeds in batches as large as the memory of the device allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from polysem._errors import BadInput
from polysem._flow.batched.batch import Batch
from polysem._flow.batched.device import device_for, exact_arithmetic, seeds_that_fit
from polysem._flow.options import FlowOptions
from polysem._flow.stepper import Recorder, SeedSolution
from polysem._network import Problem
from polysem._types import Weights


def solve_batch(
    W0: Weights, problem: Problem, options: FlowOptions, recorders: Sequence[Recorder]
) -> list[SeedSolution]:
    """Solve the seeds of W0: (seeds, n_features, n_neurons) together on `options.device`.

    The method is the engine's, with the same outcomes; a solution's `method` is "batched". The
    same batch on the same device gives the same bits. On the CPU no bit of a seed depends on the
    others either, but for whether there are any; on other devices a batch of another size may
    round differently. `wall_seconds` and the budget `max_seconds` of a seed count from the start
    of its batch.

    Raises `BadInput` if the device isn't there, the arguments don't fit together or the problem
    is not the base model, `RunFailed` if the memory of the device doesn't suffice.
    """
    W0 = np.asarray(W0)
    if W0.ndim != 3 or 0 in W0.shape[1:] or len(recorders) != len(W0):
        raise BadInput(
            f"W0 has shape {W0.shape} and there are {len(recorders)} recorders; (seeds, n, m) and "
            "one recorder per seed are needed."
        )
    solved = dict(
        solve_indices(
            range(len(W0)),
            W0.shape[1:],
            W0.__getitem__,
            recorders.__getitem__,
            problem,
            options,
        )
    )
    return [solved[index] for index in range(len(W0))]


def solve_indices(
    indices: Sequence[int],
    shape: tuple[int, ...],
    start: Callable[[int], Weights],
    recorder: Callable[[int], Recorder],
    problem: Problem,
    options: FlowOptions,
) -> Iterator[tuple[int, SeedSolution]]:
    """Yield (index, solution) of each seed when it leaves its batch.

    `start(index)` is its W0: `shape` = (n_features, n_neurons), made when its batch begins.
    """
    device = device_for(options)
    if not problem.is_base:
        raise BadInput(
            "Batches on a device solve the base model only (one λ, no importances, plain ReLU "
            "outputs); use device = 'cpu' for this network."
        )
    n, m = shape
    waiting = list(indices)
    while waiting:
        room = seeds_that_fit(device, n, m, getattr(torch, options.dtype))
        now, waiting = waiting[:room], waiting[room:]
        yield from _solve_together(now, start, recorder, problem, options, device)


def _solve_together(
    indices: Sequence[int],
    start: Callable[[int], Weights],
    recorder: Callable[[int], Recorder],
    problem: Problem,
    options: FlowOptions,
    device: torch.device,
) -> Iterator[tuple[int, SeedSolution]]:
    """One batch. Settings of torch are changed only while it computes, not while it is waited."""
    starts, recorders = [start(index) for index in indices], [recorder(index) for index in indices]
    with exact_arithmetic(device):
        batch = Batch(starts, indices, recorders, problem, options, device)
    del starts
    yield from batch.ended
    while len(batch):
        with exact_arithmetic(device):
            ended = batch.step()
        yield from ended
