"""`polysem.train`: the same network under an optimiser, counted and stored like a simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from polysem._errors import BadInput
from polysem._run.collect import collect
from polysem._run.inputs import (
    Law,
    check_workers,
    initial_settings,
    network_settings,
    sizes_of_start,
    start_array,
)
from polysem._run.memory import check_memory, further_numbers
from polysem._run.run import Run
from polysem._storage.files import check_out
from polysem._train.recipes import recipe as recipe_named
from polysem._train.spec import TrainSpec
from polysem._types import Weights

FIRST_RECORDED_STEP = 1.0


def train(
    n: int | None = None,
    m: int | None = None,
    l1: float | None = None,
    seeds: int = 1,
    *,
    seed: int = 0,
    recipe: str | None = None,
    optimiser: str | None = None,
    lr: float | None = None,
    weight_decay: float | None = None,
    steps: int | None = None,
    batch: int | None = None,
    gradient: Literal["closed", "autograd"] | None = None,
    noise: Law = None,
    penalty: Law = None,
    activation: Law = None,
    importance: Law = None,
    negative_overlap: Law = None,
    data: Law = None,
    hidden: Law = None,
    architecture: Law = None,
    options: Mapping[str, Any] | None = None,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
    dtype: Literal["float32", "float64"] = "float32",
    scale: float | None = None,
    initial: Law = None,
    start: Weights | None = None,
    record: Sequence[str] | None = None,
    pair: tuple[int, int] | None = None,
    per_decade: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train `seeds` networks and take the census of where they end.

    `recipe` — "lecomte2023" (the authors' AdamW procedure) or "lecomte2023-noise" (their noise
    experiment); anything given beside it replaces what it says. Without a recipe: AdamW, lr 1e-3,
    λ = 0.001, 7,500 steps. `optimiser` — any name in torch.optim that Polysem can batch, with
    `lr`, `weight_decay` and other `options`. `noise` — on the hidden layer, such as
    {"kind": "bipolar", "std": 0.1, "shared": "sample"}. `gradient` — "closed" form or "autograd".
    `penalty`, `activation`, `importance`, `negative_overlap`, `data`, `hidden`, `architecture`,
    `initial` as in `simulate`. `batch` — inputs that a step draws; by default it sees the exact
    expectation.
    The other arguments are those of `simulate`; recorded times are steps, and `progress` is called
    with (steps done, steps in all).

    Raises `BadInput` before anything is computed. Numerical trouble is an outcome of its seed.
    On Ctrl-C the seeds finished so far are written to `out`, then KeyboardInterrupt goes on.
    """
    if start is not None:
        start = start_array(start)
        seeds, n, m = sizes_of_start(start, n, m, seeds)
    given = {
        "optimiser": optimiser,
        "lr": lr,
        "weight_decay": weight_decay,
        "steps": steps,
        "batch": batch,
        "gradient": gradient,
        "noise": noise,
        "options": options,
    }
    base = recipe_settings(recipe)
    n, m = base["n"] if n is None else n, base["m"] if m is None else m
    if n is None or m is None:
        raise BadInput("n (features) and m (neurons) are needed, for example n=64, m=256.")
    recording = {"what": record, "pair": pair, "per_decade": per_decade}
    spec = TrainSpec.build(
        network=network_settings(
            n,
            m,
            base["l1"] if l1 is None else l1,
            initial_settings(scale, start, initial),
            penalty=penalty,
            activation=activation,
            importance=importance,
            negative_overlap=negative_overlap,
            data=data,
            hidden=hidden,
            architecture=architecture,
        ),
        seeds=seeds,
        seed=seed,
        train={**base["train"], **_said(given), "device": device, "dtype": dtype},
        record={"first": FIRST_RECORDED_STEP, **_said(recording)},
    )
    return run_training(
        spec,
        start=start,
        workers=workers,
        out=out,
        overwrite=overwrite,
        resume=resume,
        report=report,
        progress=progress,
    )


def run_training(
    spec: TrainSpec,
    *,
    start: Weights | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """`train` for a specification that is ready."""
    from polysem._train.each import train_each
    from polysem._train.train import check_training

    check_workers(workers)
    folder = check_out(out, overwrite, resume)
    network, bytes_each = spec.network, 4 if spec.train.dtype == "float32" else 8
    further = further_numbers(network, spec.train.batch)
    check_memory(network.n, network.m, bytes_each, further)
    device = check_training(spec.train)

    shape = (spec.seeds, spec.network.n, spec.network.m)
    starts = None if start is None else np.asarray(start).reshape(shape)

    def start_of(index: int) -> Weights:
        return spec.network.start(spec.seed + index) if starts is None else starts[index]

    def solve(skip: frozenset[int]) -> Iterable[Any]:
        return train_each(spec, starts, workers, skip, progress)

    return collect(
        spec,
        solve,
        start_of,
        folder=folder,
        overwrite=overwrite,
        resume=resume,
        report=report,
        progress=None,
        facts={"device": str(device), "workers": "one per core" if workers is None else workers},
    )


def recipe_settings(name: str | None) -> dict[str, Any]:
    """What a recipe fixes, or what training does without one."""
    if name is None:
        return {"n": None, "m": None, "l1": 0.001, "train": {}}
    chosen = recipe_named(name)
    settings = chosen.train.model_dump()
    return {"n": chosen.n, "m": chosen.m, "l1": chosen.l1, "train": settings}


def _said(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were given."""
    return {name: value for name, value in settings.items() if value is not None}
