"""Gathering the seeds of a run as they are finished, so that nothing finished is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from polysem._config import Config
from polysem._errors import BadInput, RunFailed
from polysem._run.folder import read_spec, run_of_parts, stored_parts, write_run
from polysem._run.parts import Part, Solution, make_part, read_parts, write_part
from polysem._run.run import Run
from polysem._storage.files import prepare_out, write_text
from polysem._storage.provenance import provenance
from polysem._types import Weights

Solve = Callable[[frozenset[int]], Iterable[tuple[int, Solution]]]
"""Given the indices of seeds already done, yield (index, solution) of the others."""


def collect(
    spec: Any,
    solve: Solve,
    start_of: Callable[[int], Weights],
    *,
    folder: Path | None,
    overwrite: bool,
    resume: bool,
    report: bool,
    progress: Callable[[int, int], None] | None,
    facts: Mapping[str, Any],
) -> Run:
    """Solve every seed of `spec`, keep each as it is finished, and put the run together.

    An interruption or a failure writes what was finished, then goes on to the caller.
    """
    began = time.perf_counter()
    parts = _open(spec, folder, overwrite=overwrite, resume=resume)
    stopped: BaseException | None = None
    try:
        skip = frozenset(seed - spec.seed for seed in parts)
        for index, solution in solve(skip):
            seed = spec.seed + index
            parts[seed] = make_part(start_of(index), solution)
            if folder is not None:
                write_part(folder, seed, parts[seed])
            if progress is not None:
                progress(len(parts), spec.seeds)
    except (KeyboardInterrupt, RunFailed) as error:
        stopped = error
    if stopped is not None and not parts:
        raise stopped
    run = run_of_parts(
        spec,
        parts,
        folder,
        **provenance(
            **facts,
            seeds=sorted(parts),
            seconds=round(time.perf_counter() - began, 3),
            complete=stopped is None,
        ),
    )
    if folder is not None:
        write_run(run, folder, report=report and stopped is None)
    if stopped is not None:
        raise stopped
    return run


def _open(spec: Config, folder: Path | None, *, overwrite: bool, resume: bool) -> dict[int, Part]:
    """Prepare the folder; the parts that an interrupted run of the same settings left there."""
    if folder is None:
        return {}
    parts: dict[int, Part] = {}
    if resume and (folder / "spec.json").is_file():
        if read_spec(folder) != spec:
            raise BadInput(
                f"The run in {str(folder)!r} has other settings than those given now; "
                "resume with the same settings, or pass --overwrite to replace it."
            )
        parts = stored_parts(folder)
    prepare_out(folder, overwrite)
    write_text(folder / "spec.json", spec.canonical_json())
    if not overwrite:
        for seed in parts.keys() - read_parts(folder).keys():
            write_part(folder, seed, parts[seed])  # so that a kill while all is written loses none
    return parts
