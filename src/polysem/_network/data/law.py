"""What every law of the data has: which inputs there are, how likely each is, how to draw some."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from polysem._config import Config

if TYPE_CHECKING:
    import torch

LARGEST = 2**22  # numbers in the table of all inputs
FIXED_DRAWS = 4096  # inputs on which a loss is measured where the table would be larger


class DataLaw(Config):
    """A law of inputs x ≥ 0.

    The loss is an expectation over x, scaled so that Σ_s ω_s ‖x_s‖² = n, as it is for the n
    one-hot inputs with ω = 1. So λ means the same under every law, and rare features that hardly
    ever meet are the base model.
    """

    def must_fit(self, n: int) -> None:
        """Raise `ValueError` if the law makes no sense for n features."""

    @abstractmethod
    def count(self, n: int) -> float:
        """How many different inputs there are; infinity if the magnitudes are continuous."""

    @abstractmethod
    def samples(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """All inputs (S, n) and their probabilities (S,), float64; only if `count` is finite."""

    @abstractmethod
    def energy(self, n: int) -> float:
        """E‖x‖²."""

    @abstractmethod
    def draw(self, samples: int, n: int, generator: torch.Generator) -> torch.Tensor:
        """Independent inputs: (samples, n), float32, on the CPU."""

    def fixed_draws(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """`FIXED_DRAWS` inputs, always the same, and equal probabilities: to measure a loss on."""
        import torch

        drawn = self.draw(FIXED_DRAWS, n, torch.Generator().manual_seed(0))
        return drawn.numpy().astype(np.float64), np.full(FIXED_DRAWS, 1 / FIXED_DRAWS)

    def scale(self, n: int) -> float:
        """What the mean over inputs is multiplied by: n/E‖x‖²."""
        return n / self.energy(n)

    def too_many(self, n: int) -> str | None:
        """Why the expectation over inputs can't be enumerated; None if it can."""
        kind = getattr(self, "kind", type(self).__name__)
        if self.count(n) == float("inf"):
            return f"data {kind!r} has infinitely many different inputs"
        if self.count(n) * n > LARGEST:
            return (
                f"data {kind!r} has {_in_words(self.count(n))} different inputs for n = {n}, more "
                "than can be listed"
            )
        return None


def _in_words(count: float) -> str:
    """A number that may be an integer too long for a float."""
    return f"{count:.3g}" if count < 1e300 else "more than 1e300"


def mixture(n: int, others: np.ndarray, probability: float) -> tuple[np.ndarray, np.ndarray]:
    """One-hot inputs with chance 1 − probability in all, the rows of `others` with the rest."""
    shares = np.repeat([(1 - probability) / n, probability / len(others)], [n, len(others)])
    X = np.concatenate([np.eye(n), others])
    return X[shares > 0], shares[shares > 0]
