"""`polysem.simulate`: gradient flow of many seeds to their certified end, counted and stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from polysem._errors import BadInput
from polysem._flow.face import Progress, checked_start, solve_each
from polysem._flow.spec import SimulateSpec
from polysem._run.collect import collect
from polysem._run.inputs import (
    Law,
    check_workers,
    initial_settings,
    network_settings,
    sizes_of_start,
    start_array,
)
from polysem._run.memory import check_memory
from polysem._run.run import Run
from polysem._storage.files import check_out
from polysem._types import Weights

OF_TRAINING = frozenset(
    ("noise", "batch", "optimiser", "lr", "weight_decay", "steps", "recipe", "gradient", "options")
)


def simulate(
    n: int | None = None,
    m: int | None = None,
    l1: float = 0.001,
    seeds: int = 1,
    *,
    seed: int = 0,
    scale: float | None = None,
    initial: Law = None,
    start: Weights | None = None,
    penalty: Law = None,
    activation: Law = None,
    importance: Law = None,
    negative_overlap: Law = None,
    data: Law = None,
    hidden: Law = None,
    architecture: Law = None,
    method: Literal["auto", "reference", "engine"] = "auto",
    accuracy: Literal["tight", "fast"] | float = "tight",
    record: Sequence[str] | None = None,
    pair: tuple[int, int] | None = None,
    per_decade: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    progress: Progress | None = None,
    **flow: Any,
) -> Run:
    """Solve the gradient flow of `seeds` networks and take the census of their end states.

    `n`, `m` — features and neurons. `l1` — λ ≥ 0. `seeds` networks are solved, numbered from
    `seed`; `scale` multiplies the N(0, 1/m) start; `initial` is another starting law, or `start`
    (seeds, n, m) or (n, m) replaces it.
    `penalty`, `activation`, `importance`, `negative_overlap`, `data`, `hidden`,
    `architecture` lead away from the base model, each a mapping such as
    {"kind": "leaky", "leak": 0.1} (see `NetworkSpec`).
    `method`, `accuracy` and any setting of `FlowOptions` (check, t_max, max_steps, max_seconds,
    dt, dtype, device) say how to solve; `record`, `pair`, `per_decade` what to keep over time
    (`RecordOptions`). `workers` — processes; 0 or 1: this one alone. `out` — run folder to write;
    `overwrite` replaces a run there, `resume` keeps the seeds that an interrupted run of the same
    settings finished.

    Raises `BadInput` before anything is computed. Numerical trouble is an outcome of its seed.
    On Ctrl-C the seeds finished so far are written to `out`, then KeyboardInterrupt goes on.
    """
    for name in flow.keys() & OF_TRAINING:
        raise BadInput(
            f"{name} belongs to training: the flow is that of the expected loss, without chance or "
            "optimiser; use polysem.train."
        )
    if start is not None:
        start = start_array(start)
        seeds, n, m = sizes_of_start(start, n, m, seeds)
    if n is None or m is None:
        raise BadInput("n (features) and m (neurons) are needed, for example n=64, m=256.")
    recording = {"what": record, "pair": pair, "per_decade": per_decade}
    spec = SimulateSpec.build(
        network=network_settings(
            n,
            m,
            l1,
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
        flow={"method": method, "accuracy": accuracy, **flow},
        record={name: value for name, value in recording.items() if value is not None},
    )
    return run_simulation(
        spec,
        start=start,
        workers=workers,
        out=out,
        overwrite=overwrite,
        resume=resume,
        report=report,
        progress=progress,
    )


def run_simulation(
    spec: SimulateSpec,
    *,
    start: Weights | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    progress: Progress | None = None,
) -> Run:
    """`simulate` for a specification that is ready."""
    check_workers(workers)
    folder = check_out(out, overwrite, resume)
    if spec.flow.device != "cpu":
        from polysem._flow.batched.device import device_for

        device_for(spec.flow)
    check_memory(spec.network.n, spec.network.m, 4 if spec.flow.dtype == "float32" else 8)
    starts = None if start is None else checked_start(spec, start)

    def start_of(index: int) -> Weights:
        return spec.network.start(spec.seed + index) if starts is None else starts[index]

    def solve(skip: frozenset[int]) -> Iterable[Any]:
        return solve_each(spec, starts, workers, skip)

    return collect(
        spec,
        solve,
        start_of,
        folder=folder,
        overwrite=overwrite,
        resume=resume,
        report=report,
        progress=progress,
        facts={
            "device": spec.flow.device,
            "workers": "as many as pay" if workers is None else workers,
        },
    )
