"""A penalty on negative overlaps, which ReLU hides and opposite-sign pairs live on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._network.spec import NetworkSpec
from polysem._repair.prevent.method import LossMethod
from polysem._repair.prevent.relu_only import changed
from polysem._repair.prevent.solving import Spec


class NegativeOverlap(LossMethod):
    """κ Σ_{i≠j} min(W_i·W_j, 0)² is added to the loss during training; κ = `strength`.

    κ = 1 costs as much as a positive overlap does; κ = s² is a leak of slope s.
    """

    kind: Literal["negative_overlap"] = "negative_overlap"
    strength: Annotated[float, Field(gt=0, le=100)] = 0.01

    @property
    def does(self) -> str:
        """In a few words."""
        return f"trained with a cost of {self.strength:g} on negative overlaps"

    def refusal(self, spec: Spec) -> str | None:
        """Not beside another one, and only where overlaps are all that the output sees."""
        network = spec.network
        if network.negative_overlap is not None:
            return "this network has a cost of negative overlaps already"
        if not network.architecture.plain or network.data.kind != "one_hot":
            return "it is a cost of W_i·W_j under one-hot data in one tied layer"
        if network.hidden.kind != "identity":
            return (
                f"it is a cost of W_i·W_j, which hidden units of kind {network.hidden.kind!r} hide"
            )
        return None

    def network(self, plain: NetworkSpec) -> NetworkSpec:
        """With the cost."""
        return changed(plain, negative_overlap={"strength": self.strength})
