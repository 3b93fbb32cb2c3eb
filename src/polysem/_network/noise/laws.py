"""Laws of noise without parameters of their own, by rising excess kurtosis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from polysem._network.noise.law import HiddenNoise

if TYPE_CHECKING:
    import torch


class Bipolar(HiddenNoise):
    """±σ with probability ½ each: the least excess kurtosis there is."""

    kind: Literal["bipolar"] = "bipolar"

    @property
    def excess_kurtosis(self) -> float:
        """−2."""
        return -2.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """±1 with probability ½ each."""
        out.random_(0, 2, generator=generator).mul_(2).sub_(1)


class Uniform(HiddenNoise):
    """Uniform between ±√3 σ."""

    kind: Literal["uniform"] = "uniform"

    @property
    def excess_kurtosis(self) -> float:
        """−6/5."""
        return -1.2

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Uniform between ±√3."""
        out.uniform_(-math.sqrt(3), math.sqrt(3), generator=generator)


class Gaussian(HiddenNoise):
    """N(0, σ²): rotating the hidden layer changes nothing."""

    kind: Literal["gaussian"] = "gaussian"

    @property
    def excess_kurtosis(self) -> float:
        """0."""
        return 0.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Standard normal."""
        out.normal_(generator=generator)


class Laplace(HiddenNoise):
    """Density e^(−√2 |ξ|/σ)/(√2 σ)."""

    kind: Literal["laplace"] = "laplace"

    @property
    def excess_kurtosis(self) -> float:
        """3."""
        return 3.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """The difference of two exponential draws, over √2."""
        out.exponential_(generator=generator)
        other = out.new_empty(out.shape).exponential_(generator=generator)
        out.sub_(other).mul_(math.sqrt(0.5))
