"""What every starting law has."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from polysem._config import Config
from polysem._types import Weights

Scale = Annotated[float, Field(gt=0, le=1e3)]


class Start(Config):
    """A law of starting weights. Each seed has its own generator."""

    def must_fit(self, n: int, m: int) -> None:
        """Raise `ValueError` if the law makes no sense for n features and m neurons."""

    @abstractmethod
    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32.

        Drawn in float32 whatever the precision of the solve, so that both precisions start from
        the same numbers.
        """


def standard_normal(n: int, m: int, seed: int, scale: float) -> tuple[Weights, np.random.Generator]:
    """N(0, scale²/m) weights of one seed, float32, and the generator that drew them."""
    generator = np.random.default_rng(seed)
    weights = generator.standard_normal((n, m), dtype=np.float32)
    weights *= np.float32(scale / np.sqrt(m))
    return weights, generator
