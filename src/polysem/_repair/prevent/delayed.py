"""No penalty at first: norms and overlaps settle before the winners are taken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._flow.spec import SimulateSpec
from polysem._repair.prevent.pieces import Piece, Schedule
from polysem._repair.prevent.shuffled import plain_expected
from polysem._repair.prevent.solving import Spec
from polysem._theory.prediction import Prediction


class Delayed(Schedule):
    """λ = 0 for flow time `time` (or the share `share` of a training's steps), then λ.

    Norms and overlaps settle within a flow time of order 1.
    """

    kind: Literal["delayed"] = "delayed"
    time: Annotated[float, Field(gt=0, le=1e4)] = 3.0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2

    @property
    def does(self) -> str:
        """In a few words."""
        return "no λ at first"

    def expected(self, n: int, m: int) -> Prediction:
        """As without delay: relaxed first choices are as random as the initial ones."""
        return plain_expected(n, m)

    def pieces(self, spec: Spec) -> list[Piece]:
        """One, without λ."""
        if isinstance(spec, SimulateSpec):
            return [Piece(0.0, self.time)]
        return [Piece(0.0, max(1, round(self.share * spec.train.steps)))]
