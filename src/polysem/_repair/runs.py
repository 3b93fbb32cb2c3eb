"""A run whose networks have other end states, and the sham of a repair as such a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from polysem._repair.certified import certified
from polysem._run.run import Run
from polysem._types import Weights

if TYPE_CHECKING:
    from polysem._repair.result import Repaired


def ended(run: Run, ends: Weights, said: Mapping[str, Any]) -> Run:
    """`run` with the end states `ends` (seeds, n, m); those that changed are certified afresh.

    `said` — what is added to the provenance.
    """
    flow = run.spec.verb == "simulate"
    solves = tuple(
        solve if np.array_equal(new, old, equal_nan=True)
        else certified(solve, new, run.spec.network.problem, flow)
        for new, old, solve in zip(ends, run.end, run.solves, strict=True)
    )  # fmt: skip
    return replace(run, end=ends, solves=solves, provenance={**run.provenance, **said})


def sham_of(run: Run, done: Sequence[Repaired], asked: Mapping[str, Any]) -> Run:
    """The run after the sham of its repair: as many steps, and nothing moved."""
    ends = run.end.copy()
    places = {seed: place for place, seed in enumerate(run.seeds)}
    for one in done:
        if one.layer.moved:
            W = one.layer.sham.parameters["W"].numpy()
            ends[places[one.seed]] = W.astype(ends.dtype)
    return ended(run, ends, {"sham_of_repair": dict(asked)})
