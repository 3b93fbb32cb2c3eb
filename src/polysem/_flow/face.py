"""The face of the flow: solve every seed of a specification, wherever there is a core for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from polysem._errors import BadInput
from polysem._flow.check import checked_solution
from polysem._flow.options import FlowOptions
from polysem._flow.recorder import TrajectoryRecorder
from polysem._flow.reference import solve_reference
from polysem._flow.spec import SimulateSpec
from polysem._flow.stepper import Recorder, SeedSolution, Stepper
from polysem._network import Problem
from polysem._types import Weights

Progress = Callable[[int, int], None]
"""Called with (seeds done, seeds in all) after each one."""

POOL_PAYS_SECONDS = 4.0  # remaining work that repays starting worker processes (about 2 s)


def solve(
    spec: SimulateSpec,
    *,
    start: Weights | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    **flow: Any,
) -> list[SeedSolution]:
    """Solve the gradient flow of every seed of `spec`; one `SeedSolution` per seed, in order.

    `start` — (seeds, n, m) or (n, m) starting weights instead of those that `spec` draws.
    `workers` — at most so many processes, one BLAS thread each, by default one per core; they are
    started only where they pay. The solution of a seed does not depend on it.
    `flow` — settings of `FlowOptions` to use instead of the specification's, such as
    method="reference".

    Numerical trouble is an outcome of its seed. Raises `BadInput` for a start of the wrong shape.
    """
    if flow:
        settings = {**spec.flow.model_dump(), **flow}
        spec = spec.model_copy(update={"flow": FlowOptions.build(**settings)})
    solutions: list[SeedSolution | None] = [None] * spec.seeds
    for done, (index, solution) in enumerate(solve_each(spec, start, workers), start=1):
        solutions[index] = solution
        if progress is not None:
            progress(done, spec.seeds)
    return [solution for solution in solutions if solution is not None]


def solve_each(
    spec: SimulateSpec,
    start: Weights | None = None,
    workers: int | None = None,
    skip: frozenset[int] = frozenset(),
) -> Iterator[tuple[int, SeedSolution]]:
    """Yield (index of seed, its solution) as each is finished, leaving out the indices `skip`.

    The first seed is always solved here; worker processes are started only if the rest is long
    enough to repay them.
    """
    starts = None if start is None else checked_start(spec, start)
    todo = [index for index in range(spec.seeds) if index not in skip]
    if spec.flow.device != "cpu":
        yield from solve_on_device(spec, todo, starts)
        return
    most = (os.cpu_count() or 1) if workers is None else workers
    workers = min(most, max(len(todo), 1))
    while todo:
        index = todo.pop(0)
        solution = solve_index(spec, index, None if starts is None else starts[index])
        yield index, solution
        if workers > 1 and solution.wall_seconds * len(todo) > POOL_PAYS_SECONDS:
            from polysem._flow.workers import solve_in_processes

            yield from solve_in_processes(spec, todo, starts, workers)
            return


def solve_on_device(
    spec: SimulateSpec, todo: list[int], starts: Weights | None
) -> Iterator[tuple[int, SeedSolution]]:
    """Solve the seeds `todo` in batches on the device that `spec` names."""
    from polysem._flow.batched import solve_indices

    network, problem = spec.network, spec.network.problem

    def start_of(index: int) -> Weights:
        return network.start(spec.seed + index) if starts is None else starts[index]

    def recorder_of(_: int) -> TrajectoryRecorder:
        return TrajectoryRecorder(spec.record, problem)

    shape = network.n, network.m
    yield from solve_indices(todo, shape, start_of, recorder_of, problem, spec.flow)


def solve_index(
    spec: SimulateSpec,
    index: int,
    start: Weights | None = None,
    recorder: Recorder | None = None,
) -> SeedSolution:
    """Solve the seed at `index` of `spec` in this process, on one BLAS thread.

    `recorder` — is offered the states, instead of one that keeps what `spec.record` says. One
    that raises ends the solve with what it raised.
    """
    problem = spec.network.problem
    recorder = recorder or TrajectoryRecorder(spec.record, problem)
    stepper = stepper_for(spec.flow, problem)

    def first() -> Weights:
        return spec.network.start(spec.seed + index) if start is None else start

    with _blas().limit(limits=1), np.errstate(over="ignore", invalid="ignore"):
        # Neither start nor solution is kept in a variable here: whoever works on them lets go.
        if spec.flow.check:
            return checked_solution(
                stepper(first(), problem, spec.flow, recorder), first, problem, spec.flow, stepper
            )
        return stepper(first(), problem, spec.flow, recorder)


@cache
def _blas() -> ThreadpoolController:
    """NumPy's BLAS, found once: looking for it costs more than a tiny solve."""
    return ThreadpoolController()


def stepper_for(options: FlowOptions, problem: Problem) -> Stepper:
    """The method that `options` asks for; "auto" is the engine wherever it applies."""
    if options.method == "reference" or (options.method == "auto" and problem.outside_engine):
        return solve_reference
    from polysem._flow.engine import solve_engine

    return solve_engine


def checked_start(spec: SimulateSpec, start: Weights) -> Weights:
    """`start` as (seeds, n, m); raises `BadInput` if it does not fit the specification."""
    start = np.asarray(start)
    starts = start[None] if start.ndim == 2 else start
    wanted = (spec.seeds, spec.network.n, spec.network.m)
    if starts.shape != wanted or starts.dtype.kind not in "fiu":
        raise BadInput(
            f"start has shape {start.shape} and type {start.dtype}; "
            f"real numbers of shape (seeds, n, m) = {wanted} are needed."
        )
    return starts
