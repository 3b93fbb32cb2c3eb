"""The face of training: seeds in stacks that suit the machine, on every core."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch

from polysem._errors import BadInput, RunFailed
from polysem._flow.stepper import Recorder
from polysem._network import Problem
from polysem._train.batch import train_batch
from polysem._train.catalogue import ONE_SEED_AT_A_TIME
from polysem._train.certificate import certificate_of
from polysem._train.device import resolve_device
from polysem._train.optimiser import check_optimiser
from polysem._train.options import TrainOptions
from polysem._train.outcome import TrainedSeed, TrainOutcome
from polysem._types import Weights

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all), summed over seeds, at most about four times a second."""
RecorderFactory = Callable[[], Recorder]

PROGRESS_EVERY = 0.25  # seconds
CPU_STACK = 2**16  # weights in one stack: beyond it W, gradient and moments fall out of the cache
GPU_STACK = 2**27
CACHE_LINE = 64  # bytes


def check_training(options: TrainOptions) -> torch.device:
    """The device that `options` will train on; `BadInput` if anything in them cannot be had."""
    check_optimiser(options)
    return resolve_device(options.device, options.dtype)


def train_seeds(
    W0: Weights,
    problem: Problem | float,
    options: TrainOptions,
    recorder_factory: RecorderFactory,
    progress: Progress | None = None,
    *,
    seeds: Sequence[int] | None = None,
    workers: int | None = None,
) -> list[TrainedSeed]:
    """Train W0: (seeds, n, m), or (n, m) for one; one result per seed, in order. W0 stays as it is.

    `problem` — the loss, or λ ≥ 0 for that of the base model. `recorder_factory` makes the
    recorder of each seed; its times are step numbers.
    `seeds` — numbers from which each seed's noise is drawn, by default 0, 1, …
    `workers` — stacks of seeds trained at the same time, one core each; by default every core.

    Numerical trouble is an outcome of its seed. On Ctrl-C every seed ends at its last whole step
    and all are returned; those that had not taken all their steps have the outcome "interrupted"
    (look for it: the exception does not go on). Raises `BadInput` before anything is computed.
    """
    problem = problem if isinstance(problem, Problem) else Problem(problem)
    starts = _checked(W0, problem.l1)
    numbers = list(range(len(starts)) if seeds is None else seeds)
    if len(numbers) != len(starts):
        raise BadInput(f"{len(numbers)} seeds were named for {len(starts)} starting weights.")
    done = dict(
        train_indices(starts, problem, options, recorder_factory, progress, numbers, workers)
    )
    return [done[index] for index in range(len(starts))]


def train_indices(
    W0: Weights,
    problem: Problem,
    options: TrainOptions,
    recorder_factory: RecorderFactory,
    progress: Progress | None,
    seeds: Sequence[int],
    workers: int | None = None,
) -> Iterator[tuple[int, TrainedSeed]]:
    """Yield (index into W0, result) as stacks are finished; after Ctrl-C the interrupted ones."""
    device = check_training(options)
    finite = [index for index in range(len(W0)) if np.isfinite(W0[index]).all()]
    for index in sorted(set(range(len(W0))) - set(finite)):
        yield index, _bad_start(W0[index], problem, options)
    stacks = _stacks(finite, W0.shape[1:], problem, options, device)
    watch = Watch(len(finite) * options.steps, progress)

    def work(stack: list[int]) -> list[tuple[int, TrainedSeed]]:
        recorders = [recorder_factory() for _ in stack]
        numbers = [seeds[index] for index in stack]
        keep_on = watch.member(stack)
        trained = train_batch(W0[stack], numbers, problem, options, device, recorders, keep_on)
        return list(zip(stack, trained, strict=True))

    most = (os.cpu_count() or 1) if workers is None else workers
    cores = most if device.type == "cpu" else 1
    with one_torch_thread(), ThreadPoolExecutor(max(1, min(cores, len(stacks)))) as pool:
        try:
            waiting = {pool.submit(work, stack) for stack in stacks}
            while waiting:
                finished, waiting = _next(waiting, watch)
                for future in finished:
                    yield from _result(future)
        finally:
            watch.stop.set()


@dataclass
class Watch:
    """What the waiting thread and the training threads tell each other: steps done, and stop."""

    total: int
    progress: Progress | None
    stop: threading.Event = field(default_factory=threading.Event)
    done: dict[int, int] = field(default_factory=dict)
    shown: float = field(default_factory=time.monotonic)

    def member(self, stack: list[int]) -> Callable[[int], bool]:
        """The call by which one stack reports its steps and learns whether to go on."""

        def keep_on(step: int) -> bool:
            self.done[stack[0]] = step * len(stack)
            return not self.stop.is_set()

        return keep_on

    def show(self) -> None:
        """Call the progress function, unless it was called a moment ago; at the end always."""
        steps, now = sum(self.done.values()), time.monotonic()
        if self.progress is None or (steps < self.total and now < self.shown + PROGRESS_EVERY):
            return
        self.shown = now
        self.progress(steps, self.total)


Results = Future[list[tuple[int, TrainedSeed]]]


def _next(waiting: set[Results], watch: Watch) -> tuple[set[Results], set[Results]]:
    """Wait for a finished stack, showing progress. Ctrl-C, which only this thread gets, makes
    every stack end at its next whole step, and these are waited for instead."""
    try:
        finished: set[Results] = set()
        while not finished:
            finished, waiting = wait(waiting, PROGRESS_EVERY, FIRST_COMPLETED)
            watch.show()
        return finished, waiting
    except KeyboardInterrupt:
        watch.stop.set()
        return wait(waiting)[0], set()


def _result(future: Results) -> list[tuple[int, TrainedSeed]]:
    """The results of a stack; want of memory becomes `RunFailed`."""
    try:
        return future.result()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "memory" in str(error):
            raise RunFailed(
                "There was not enough memory to train this network; the seeds finished before "
                "are kept. Use a smaller network or fewer workers."
            ) from error
        raise


def _stacks(
    indices: list[int],
    shape: tuple[int, ...],
    problem: Problem,
    options: TrainOptions,
    device: torch.device,
) -> list[list[int]]:
    """Seeds that train together. How they are grouped changes no bit of any of them on the CPU."""
    on_cpu = device.type == "cpu"
    room = CPU_STACK if on_cpu else GPU_STACK
    together = max(1, room // math.prod(shape))
    if options.optimiser in ONE_SEED_AT_A_TIME or (
        on_cpu and not _aligned(shape, problem, options)
    ):
        together = 1
    return [indices[first : first + together] for first in range(0, len(indices), together)]


def _aligned(shape: tuple[int, ...], problem: Problem, options: TrainOptions) -> bool:
    """True if the matrices of every seed of a stack begin at whole cache lines.

    Products round differently elsewhere on some processors, and a seed alone begins at one. With
    samples, biases or several layers there are matrices of many shapes; if n and m are multiples
    of a line, all of them are.
    """
    line = CACHE_LINE // np.dtype(options.dtype).itemsize
    n, m = shape
    plain = problem.architecture.plain and problem.is_base and options.batch is None
    sizes = (n * n, n * m) if plain else (n, m)
    return all(size % line == 0 for size in sizes)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """One thread per operation meanwhile: products split over threads round differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _checked(W0: Weights, l1: float) -> Weights:
    """W0 as (seeds, n, m); `BadInput` if it or λ cannot be trained on."""
    W0 = np.asarray(W0)
    starts = W0[None] if W0.ndim == 2 else W0
    if starts.ndim != 3 or 0 in starts.shape or starts.dtype.kind not in "fiu":
        raise BadInput(
            f"W0 has shape {W0.shape} and type {W0.dtype}; "
            "real numbers of shape (seeds, n, m) or (n, m) are needed."
        )
    if not 0 <= l1 < float("inf"):
        raise BadInput(f"l1 = {l1} is not allowed: a finite number of at least 0 is needed.")
    return starts


def _bad_start(W0: Weights, problem: Problem, options: TrainOptions) -> TrainedSeed:
    """The result of a seed that could not be started."""
    end = W0.astype(options.dtype)
    certificate = certificate_of(end, problem)
    outcome = TrainOutcome.BAD_START
    return TrainedSeed(outcome, end, 0.0, 0, 0, 0.0, certificate, options.method)
