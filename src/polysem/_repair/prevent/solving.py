"""Solving or training given starts of some seeds of a specification."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from polysem._flow.face import solve_each
from polysem._flow.spec import SimulateSpec
from polysem._run.collect import collect
from polysem._run.inputs import initial_settings
from polysem._run.run import Run
from polysem._train.spec import TrainSpec
from polysem._types import Weights

Spec = SimulateSpec | TrainSpec


def solved(
    spec: Spec,
    starts: Weights,
    seeds: Sequence[int],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Solve or train `starts`: (seeds, n, m) as those `seeds` of `spec`; others are left out.

    A seed keeps its number, and with it its noise and its batches.
    """
    given = with_start(spec, starts)
    places = {seed: place for place, seed in enumerate(seeds)}
    missing = frozenset(index for index in range(spec.seeds) if spec.seed + index not in places)
    every = _spread(starts, spec, places)

    def solve(skip: frozenset[int]) -> Iterable[Any]:
        return _solve(given, every, workers, skip | missing)

    return collect(
        given,
        solve,
        lambda index: every[index],
        folder=None,
        overwrite=False,
        resume=False,
        report=False,
        progress=progress,
        facts={"workers": workers or "as many as pay"},
    )


def with_start(spec: Any, starts: Weights) -> Any:
    """`spec` with the starting law "given", named by the hash of `starts`."""
    law = initial_settings(None, starts)
    settings = {**spec.network.model_dump(), "initial": law}
    return spec.model_copy(update={"network": type(spec.network).build(**settings)})


def _spread(starts: Weights, spec: Spec, places: dict[int, int]) -> Weights:
    """`starts` as (all seeds of the specification, n, m); zeros for those left out."""
    if len(places) == spec.seeds:
        return starts
    every = np.zeros((spec.seeds, *starts.shape[1:]), starts.dtype)
    for seed, place in places.items():
        every[seed - spec.seed] = starts[place]
    return every


def _solve(spec: Spec, starts: Weights, workers: int | None, skip: frozenset[int]) -> Iterable[Any]:
    if isinstance(spec, SimulateSpec):
        return solve_each(spec, starts, workers, skip)
    from polysem._train.each import train_each

    return train_each(spec, starts, workers, skip)
