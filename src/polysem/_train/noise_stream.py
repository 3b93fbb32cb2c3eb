"""Noise for many steps, drawn seed by seed, so that seeds never see each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from polysem._network import Problem
from polysem._network.noise import Dropout, HiddenNoise
from polysem._train.generators import NOISE_STREAM, SHARED_BY_ALL, generator_of
from polysem._train.options import TrainOptions

BLOCK = 2**15  # numbers drawn at a time for one seed; changing it changes every noisy run's bits


class NoiseStream:
    """Call `next()` before each step for ξ: (seeds or 1, inputs or 1, m), by `shared`.

    Drawn on the CPU in float32 whatever the device and precision, so that all of them see the
    same noise; in blocks of many steps, whose length depends on the sizes alone, so that the noise
    of a seed does not depend on which others there are.
    """

    def __init__(
        self,
        noise: HiddenNoise | Dropout,
        seeds: Sequence[int],
        inputs: int,
        m: int,
        like: torch.Tensor,
    ) -> None:
        self._noise = noise
        drawn = [SHARED_BY_ALL] if noise.shared == "all" else list(seeds)
        self._generators = [generator_of(seed, NOISE_STREAM) for seed in drawn]
        vectors = noise.vectors(inputs)
        self._steps = max(1, BLOCK // (vectors * m))
        self._drawn = torch.empty(len(drawn), self._steps, vectors, m)
        self._block = torch.empty(
            self._steps, len(drawn), vectors, m, dtype=like.dtype, device=like.device
        )
        self._used = self._steps

    def next(self) -> torch.Tensor:
        """ξ of the next step; a view that the following calls overwrite."""
        if self._used == self._steps:
            self._draw()
            self._used = 0
        self._used += 1
        return self._block[self._used - 1]

    def applied(self) -> dict[str, torch.Tensor]:
        """The next draw under the name by which a loss takes it: added (xi) or multiplied (b)."""
        return {"b" if isinstance(self._noise, Dropout) else "xi": self.next()}

    def _draw(self) -> None:
        for out, generator in zip(self._drawn, self._generators, strict=True):
            self._noise.unit(out, generator)
        self._block.copy_(self._drawn.transpose(0, 1)).mul_(self._noise.std)


def noise_stream(
    options: TrainOptions, problem: Problem, seeds: Sequence[int], like: torch.Tensor
) -> NoiseStream | None:
    """The noise of a training, None if there is none. `like`: (seeds, n, m)."""
    if not isinstance(options.noise, HiddenNoise | Dropout):
        return None
    count = options.batch or len(problem.constant("input_weights", like))
    return NoiseStream(options.noise, seeds, count, like.shape[2], like=like)
