"""An output shifted up: overlaps must be below −by to cost nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._network.spec import NetworkSpec
from polysem._repair.prevent.method import LossMethod
from polysem._repair.prevent.relu_only import changed, not_relu
from polysem._repair.prevent.solving import Spec


class Shift(LossMethod):
    """The output is ReLU(z + by) during training, ReLU(z) when it is judged.

    `by` < 0 hides small positive overlaps; `by` > 0 makes small negative ones cost.
    """

    kind: Literal["shift"] = "shift"
    by: Annotated[float, Field(ge=-0.9, le=0.9)] = -0.1

    @property
    def does(self) -> str:
        """In a few words."""
        return f"trained with the output shifted by {self.by:g}"

    def refusal(self, spec: Spec) -> str | None:
        """Only a ReLU can be shifted."""
        return not_relu(spec.network)

    def network(self, plain: NetworkSpec) -> NetworkSpec:
        """With a shifted output."""
        return changed(plain, activation={"kind": "shifted", "shift": self.by})
