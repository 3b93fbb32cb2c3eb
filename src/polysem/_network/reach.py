"""Which method reaches which loss, and if one does not, why, in words that fit into a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polysem._network.activation import PiecewiseLinear
from polysem._network.data import OneHot
from polysem._network.hidden import HiddenIdentity

if TYPE_CHECKING:
    from polysem._network.problem import Problem


def outside_engine(problem: Problem) -> str | None:
    """Why the fast engine cannot follow a problem; None if it can."""
    if not isinstance(problem.activation, PiecewiseLinear):
        return (
            f"the engine follows activations that are straight on either side of one kink, "
            f"not {problem.activation.kind}"
        )
    if problem.penalty.entry_power != 1:
        return (
            "the engine follows penalties that hold weights at zero, not entry_power = "
            f"{problem.penalty.entry_power:g}"
        )
    if problem.penalty.entry is not None:
        return f"the engine follows powers of the l1 norm, not entry = {problem.penalty.entry.kind}"
    if not isinstance(problem.data, OneHot):
        return f"the engine follows one-hot data, not {problem.data.kind}"
    if not isinstance(problem.hidden, HiddenIdentity) or not problem.architecture.plain:
        return "the engine follows one tied layer without biases or hidden activation"
    return None


def outside_flow(problem: Problem, n: int) -> str | None:
    """Why no method can follow the gradient flow; None if one can."""
    if problem.penalty.on == "activations" and not isinstance(problem.data, OneHot):
        return (
            "the flow takes penalties on the weights; one on the activations holds sums of weights "
            "at zero when inputs have several features"
        )
    if not problem.architecture.plain:
        return "the flow is that of one tied layer without biases"
    if not isinstance(problem.hidden, HiddenIdentity):
        return (
            "the flow is that of a network without activation function on its hidden layer, not "
            f"{problem.hidden.kind}"
        )
    too_many = problem.data.too_many(n)
    if too_many:
        return f"the flow needs the exact expectation over the data, and {too_many}"
    return None
