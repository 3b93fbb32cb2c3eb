"""Random streams of a seed, one for each purpose, so that none disturbs another."""

from __future__ import annotations

import numpy as np
import torch

NOISE_STREAM = 0x6E6F6973  # sets the noise of a seed apart from its starting weights
DATA_STREAM = 0x64617461
SHARED_BY_ALL = -1


def generator_of(seed: int, stream: int = NOISE_STREAM) -> torch.Generator:
    """The generator of a seed's noise or data (of the common noise for `SHARED_BY_ALL`)."""
    common = seed == SHARED_BY_ALL
    sequence = np.random.SeedSequence(0 if common else seed, spawn_key=(stream, int(common)))
    state = int(sequence.generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(state)
