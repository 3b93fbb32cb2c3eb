"""Training the seeds of a specification, one result after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from polysem._flow.recorder import TrajectoryRecorder
from polysem._train.outcome import TrainedSeed, TrainOutcome
from polysem._train.spec import TrainSpec
from polysem._train.train import Progress, train_indices
from polysem._types import Weights


def train_each(
    spec: TrainSpec,
    start: Weights | None = None,
    workers: int | None = None,
    skip: frozenset[int] = frozenset(),
    progress: Progress | None = None,
) -> Iterator[tuple[int, TrainedSeed]]:
    """Yield (index of seed, its result) as they are finished, leaving out the indices `skip`.

    `start` — (seeds, n, m), instead of the start that `spec` draws. On Ctrl-C the seeds that are
    finished are yielded before KeyboardInterrupt goes on; the others are left out, to be trained
    again.
    """
    todo = [index for index in range(spec.seeds) if index not in skip]
    if not todo:
        return
    numbers = [spec.seed + index for index in todo]
    W0 = (
        np.stack([spec.network.start(number) for number in numbers])
        if start is None
        else start[todo]
    )
    interrupted = False
    for place, trained in train_indices(
        W0,
        spec.network.problem,
        spec.train,
        lambda: TrajectoryRecorder(spec.record, spec.network.problem),
        progress,
        numbers,
        workers,
    ):
        if trained.outcome is TrainOutcome.INTERRUPTED:
            interrupted = True
        else:
            yield todo[place], trained
    if interrupted:
        raise KeyboardInterrupt
