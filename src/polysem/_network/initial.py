"""Starting weights: one small configuration per law; each seed has its own generator."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._config import Config
from polysem._errors import BadInput
from polysem._types import Weights


class Normal(Config):
    """W_ik(0) ~ N(0, (scale)²/m), independent: the paper's start at scale = 1."""

    kind: Literal["normal"] = "normal"
    scale: Annotated[float, Field(gt=0, le=1e3)] = 1.0

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Starting weights of one seed: (n, m), float32.

        Drawn in float32 whatever the precision of the solve, so that both precisions start from
        the same numbers.
        """
        generator = np.random.default_rng(seed)
        weights = generator.standard_normal((n, m), dtype=np.float32)
        weights *= np.float32(self.scale / np.sqrt(m))
        return weights


class Given(Config):
    """Starting weights that the caller gave; `sha256` (16 digits) tells them apart."""

    kind: Literal["given"] = "given"
    sha256: str

    def draw(self, n: int, m: int, seed: int) -> Weights:
        """Refuse: these weights are not drawn."""
        raise BadInput("The start of this run was given as an array; pass it again as start.")


Initial = Annotated[Normal | Given, Field(discriminator="kind")]
