"""λ rising, or falling, in small pieces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._flow.spec import SimulateSpec
from polysem._repair.prevent.pieces import Piece, Schedule
from polysem._repair.prevent.solving import Spec


class Annealed(Schedule):
    """λ goes from `first` · λ to λ in `count` equal pieces, linearly.

    Their whole length is `time`/λ in the flow, since sparsity takes λt of order 1, or the share
    `share` of a training's steps. A piece has the factor at its middle.
    """

    kind: Literal["annealed"] = "annealed"
    first: Annotated[float, Field(ge=0, le=100)] = 0.0
    count: Annotated[int, Field(ge=1, le=1000)] = 10
    time: Annotated[float, Field(gt=0, le=1e4)] = 1.0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5

    @property
    def does(self) -> str:
        """In a few words."""
        return f"λ from {self.first:g} times to 1 times its value in {self.count} pieces"

    def pieces(self, spec: Spec) -> list[Piece]:
        """`count` of equal length."""
        if isinstance(spec, SimulateSpec):
            length = self.time / spec.network.l1 / self.count
        else:
            length = max(1, round(self.share * spec.train.steps / self.count))
        middles = [(i + 0.5) / self.count for i in range(self.count)]
        return [Piece(self.first + (1 - self.first) * x, length) for x in middles]
