"""A repaired end state is certified afresh: what its run says of it must be true of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from polysem._flow.certificate import Certificate
from polysem._flow.outcome import Outcome
from polysem._flow.verdict import SETTLED
from polysem._network.problem import Problem
from polysem._train.certificate import certificate_of
from polysem._types import Weights


def certified(solve: Mapping[str, Any], W: Weights, problem: Problem, flow: bool) -> dict[str, Any]:
    """The facts `solve` of one network, with certificate and outcome of its new state W.

    W: (n_features, n_neurons). What the solve cost stays what it was; which winners two solves
    disagreed on is left out, for that was said of another state. A training ends by its number of
    steps, so its outcome stays. A `flow` has converged or died out by certificate, and is
    stationary if nothing moves; any other state is that of a flow whose time was too short.
    """
    found = certificate_of(W, problem)
    facts = {name: value for name, value in solve.items() if name != "differing_winners"}
    values = {f"certificate_{name}": value for name, value in asdict(found).items()}
    facts |= {name: value for name, value in values.items() if name in facts}
    if flow:
        facts["outcome"] = str(_outcome(Outcome(facts["outcome"]), W, found))
    return facts


def _outcome(before: Outcome, W: Weights, found: Certificate) -> Outcome:
    if not W.any():
        return Outcome.ALL_DEAD
    if found.residual <= SETTLED and found.max_zero_force <= found.l1:
        return Outcome.CONVERGED if found.holds else Outcome.STATIONARY
    return Outcome.TIME_LIMIT if before.final else before
