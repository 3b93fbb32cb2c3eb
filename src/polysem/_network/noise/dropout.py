"""Noise that multiplies: codes left out at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from polysem._config import Config
from polysem._network.noise.law import Shared

if TYPE_CHECKING:
    import torch


class Dropout(Config):
    """Every component of a code is 0 with chance `rate`, else multiplied by 1/(1 − rate).

    x̂ = σ((h(X W) ∘ b) Wᵀ) with E b = 1 (Srivastava et al. 2014, in its inverted form). `shared` —
    who shares one b, as for noise that is added.
    """

    kind: Literal["dropout"] = "dropout"
    rate: Annotated[float, Field(ge=0, lt=1)]
    shared: Shared = "sample"

    def vectors(self, samples: int) -> int:
        """Vectors b that one seed needs per step, for so many inputs."""
        return samples if self.shared == "sample" else 1

    @property
    def std(self) -> float:
        """What `unit` is multiplied by; nothing."""
        return 1.0

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """Fill `out` (float32, CPU) with draws of b."""
        u = out.new_empty(out.shape).uniform_(generator=generator)
        out.copy_((u >= self.rate).to(out.dtype)).mul_(1 / (1 - self.rate))
