"""The paper's start, and a start that the caller gave."""

from __future__ import annotations

from typing import Literal

from polysem._errors import BadInput
from polysem._network.initial.law import Scale, Start, standard_normal
from polysem._types import Weights


class Normal(Start):
    """W_ik(0) ~ N(0, (scale)²/m), independent: the paper's start at scale = 1."""

    kind: Literal["normal"] = "normal"
    scale: Scale = 1.0

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32."""
        return standard_normal(n, m, seed, self.scale)[0]


class Given(Start):
    """Starting weights that the caller gave; `sha256` (16 digits) tells them apart."""

    kind: Literal["given"] = "given"
    sha256: str

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Refuse: these weights are not drawn."""
        raise BadInput("The start of this run was given as an array; pass it again as start.")
