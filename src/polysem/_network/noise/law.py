"""What every law of noise has."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from polysem._config import Config

if TYPE_CHECKING:
    import torch

Shared = Literal["sample", "batch", "all"]


class NoNoise(Config):
    """The hidden layer is exact."""

    kind: Literal["none"] = "none"


class HiddenNoise(Config):
    """Independent components ξ_k of mean 0.

    `std` — standard deviation σ ≥ 0 of every component of ξ. `shared` — who shares one vector:
    "sample" (default): nobody, each input of each seed has its own; "batch": the inputs of a
    seed; "all": the inputs of all seeds, the authors' procedure to the letter, which makes the
    seeds dependent. Every step draws anew.
    """

    std: Annotated[float, Field(ge=0, le=1e3)]
    shared: Shared = "sample"

    def vectors(self, samples: int) -> int:
        """Noise vectors that one seed needs per step, for so many inputs."""
        return samples if self.shared == "sample" else 1

    @property
    @abstractmethod
    def excess_kurtosis(self) -> float:
        """E ξ⁴/σ⁴ − 3 ≥ −2. Its sign decides whether the noise makes encodings sparse."""

    @abstractmethod
    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Fill `out` (float32, CPU) with independent draws of mean 0 and variance 1."""
