"""A small leak: the output sees negative overlaps, so opposite-sign pairs are pushed apart."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._network.spec import NetworkSpec
from polysem._repair.prevent.method import LossMethod
from polysem._repair.prevent.relu_only import changed, not_relu
from polysem._repair.prevent.solving import Spec


class Leak(LossMethod):
    """The output is leaky with `slope` below zero during training; ReLU when it is judged."""

    kind: Literal["leak"] = "leak"
    slope: Annotated[float, Field(gt=0, le=1)] = 0.1

    @property
    def does(self) -> str:
        """In a few words."""
        return f"trained with a leak of {self.slope:g} in the output"

    def refusal(self, spec: Spec) -> str | None:
        """Only a ReLU can be made leaky."""
        return not_relu(spec.network)

    def network(self, plain: NetworkSpec) -> NetworkSpec:
        """With a leaky output."""
        return changed(plain, activation={"kind": "leaky", "leak": self.slope})
