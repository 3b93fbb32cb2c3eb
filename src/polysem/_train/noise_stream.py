"""Noise for many steps, drawn seed by seed, so that seeds never see each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from polysem._network.noise import HiddenNoise

BLOCK = 2**15  # numbers drawn at a time for one seed; changing it changes every noisy run's bits
NOISE_STREAM = 0x6E6F6973  # sets the noise of a seed apart from its starting weights
SHARED_BY_ALL = -1


def generator_of(seed: int) -> torch.Generator:
    """The generator of a seed's noise (of the common noise for `SHARED_BY_ALL`)."""
    common = seed == SHARED_BY_ALL
    sequence = np.random.SeedSequence(0 if common else seed, spawn_key=(NOISE_STREAM, int(common)))
    state = int(sequence.generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(state)


class NoiseStream:
    """Call `next()` before each step for ξ: (seeds or 1, n or 1, m), by `shared`.

    Drawn on the CPU in float32 whatever the device and precision, so that all of them see the
    same noise; in blocks of many steps, whose length depends on n and m alone, so that the noise
    of a seed does not depend on which others there are.
    """

    def __init__(
        self, noise: HiddenNoise, seeds: Sequence[int], n: int, m: int, like: torch.Tensor
    ) -> None:
        self._noise = noise
        drawn = [SHARED_BY_ALL] if noise.shared == "all" else list(seeds)
        self._generators = [generator_of(seed) for seed in drawn]
        vectors = noise.vectors(n)
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

    def _draw(self) -> None:
        for out, generator in zip(self._drawn, self._generators, strict=True):
            self._noise.unit(out, generator)
        self._block.copy_(self._drawn.transpose(0, 1)).mul_(self._noise.std)
