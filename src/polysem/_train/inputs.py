"""What one step sees: all inputs with their weights, or fresh ones drawn seed by seed."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from polysem._network import Problem
from polysem._train.generators import DATA_STREAM, generator_of

BLOCK = 2**16  # numbers drawn at a time for one seed; changing it changes every such run's bits


class EveryInput:
    """The exact expectation: all inputs, at every step."""

    def __init__(self, problem: Problem, W: torch.Tensor) -> None:
        self._inputs = problem.samples(W)

    def next(self) -> tuple[torch.Tensor, torch.Tensor]:
        """X: (inputs, n), and what each counts, ω: (inputs,)."""
        return self._inputs


class DrawnInputs:
    """`batch` independent inputs for each seed, anew at every step.

    Drawn on the CPU in float32 by the seed's own generator, as the noise is; in blocks of many
    steps, whose length depends on the sizes alone.
    """

    def __init__(self, problem: Problem, batch: int, seeds: Sequence[int], W: torch.Tensor) -> None:
        n = W.shape[1]
        self._law, self._batch, self._W = problem.data, batch, W
        self._generators = [generator_of(seed, DATA_STREAM) for seed in seeds]
        self._steps = max(1, BLOCK // (batch * n))
        self._weights = torch.full((batch,), problem.data.scale(n) / batch).to(W)
        self._block = torch.empty(0)
        self._used = self._steps

    def next(self) -> tuple[torch.Tensor, torch.Tensor]:
        """X: (seeds, batch, n), fresh, and what each counts, ω: (batch,)."""
        if self._used == self._steps:
            self._draw()
            self._used = 0
        self._used += 1
        return self._block[self._used - 1], self._weights

    def _draw(self) -> None:
        n = self._W.shape[1]
        drawn = [
            self._law.draw(self._steps * self._batch, n, generator)
            for generator in self._generators
        ]
        shape = len(drawn), self._steps, self._batch, n
        self._block = torch.stack(drawn).view(shape).transpose(0, 1).to(self._W)
