"""Families of noise with a knob: at the same variance, another excess kurtosis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from polysem._network.noise.law import HiddenNoise

if TYPE_CHECKING:
    import torch


class ThreePoint(HiddenNoise):
    """0 or ±σ/√p, with p = 1/(excess + 3) the chance of not being 0: any excess kurtosis ≥ −2.

    `excess` — the excess kurtosis; −2 is bipolar noise, 0 has that of the Gaussian.
    """

    kind: Literal["three_point"] = "three_point"
    excess: Annotated[float, Field(ge=-2, le=1e4)]

    @property
    def excess_kurtosis(self) -> float:
        """1/p − 3."""
        return self.excess

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """0 or ±1/√p."""
        p = 1 / (self.excess + 3)
        u = out.new_empty(out.shape).uniform_(generator=generator)
        out.copy_((u >= p / 2).to(out.dtype)).mul_(2).sub_(1)  # −1 below p/2, else 1
        out.mul_(u < p).mul_(1 / math.sqrt(p))


class StudentT(HiddenNoise):
    """Student's t with `dof` > 4 degrees of freedom, scaled to variance σ²."""

    kind: Literal["student_t"] = "student_t"
    dof: Annotated[float, Field(gt=4, le=1e6)]

    @property
    def excess_kurtosis(self) -> float:
        """6/(dof − 4); with 4 degrees of freedom or fewer there is none."""
        return 6 / (self.dof - 4)

    def unit(self, out: torch.Tensor, generator: torch.Generator) -> None:
        """√(ν (U^(−2/ν) − 1)) cos 2πV (Bailey 1994), over its standard deviation √(ν/(ν−2)).

        U is drawn in float64: float32 would cut the tail that the kurtosis lives on.
        """
        import torch

        u = torch.empty(out.shape, dtype=torch.float64).uniform_(generator=generator)
        v = torch.empty(out.shape, dtype=torch.float64).uniform_(generator=generator)
        radius = ((self.dof - 2) * torch.expm1(-2 / self.dof * torch.log1p(-u))).sqrt()
        out.copy_(radius * torch.cos(2 * math.pi * v))
