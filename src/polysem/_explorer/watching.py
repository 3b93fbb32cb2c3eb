"""Solving one network while somebody watches: what moves is shown, nothing of it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from polysem._flow.face import solve_index
from polysem._flow.recorder import TrajectoryRecorder
from polysem._types import Weights

PER_DECADE = 20  # moments per factor of 10 in time


class Watcher:
    """A `Recorder` that keeps what another one keeps and shows moments on the way.

    Showing never changes a solution, as recording never does.
    """

    def __init__(
        self,
        inner: TrajectoryRecorder,
        first: float,
        show: Callable[[float, Weights], None],
        check: Callable[[], None],
    ) -> None:
        self._inner, self._show, self._check = inner, show, check
        self._factor = 10 ** (1 / PER_DECADE)
        self._due = first

    def wants(self, t: float) -> bool:
        """True if either is due; the moment at which a solve can be ended."""
        self._check()
        return t >= self._due or self._inner.wants(t)

    def offer(self, t: float, W: Weights) -> None:
        """Hand the state W: (n, m) on to the recorder, and show it if that is due."""
        self._inner.offer(t, W)
        if t >= self._due:
            while self._due <= t:
                self._due *= self._factor
            self._show(t, W)

    def finish(self, t: float, W: Weights) -> Mapping[str, np.ndarray]:
        """What the recorder kept."""
        return self._inner.finish(t, W)


def solve_watched(spec: Any, recorder: Callable[[], Watcher]) -> Any:
    """The solution of the first seed of `spec`, watched. What the recorder raises ends it."""
    if spec.verb == "simulate":
        return solve_index(spec, 0, recorder=recorder())
    import torch

    from polysem._train.train import train_indices

    torch.set_num_threads(1)
    W0 = spec.network.start(spec.seed)[None]
    problem = spec.network.problem
    [(_, trained)] = train_indices(W0, problem, spec.train, recorder, None, [spec.seed], 1)
    return trained
