"""A run as a folder: written whole, read back the same.

spec.json  provenance.json  weights.safetensors  census.parquet  features.parquet
polysemantic_neurons.parquet  collisions.parquet  trajectory.parquet
trajectory.safetensors  figures/  report.html
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._flow.spec import SimulateSpec
from polysem._run.parts import FOLDER, Part, read_parts
from polysem._run.run import SOLVE_COLUMNS, Run, trajectory_rows
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.tables import read_table, to_table, write_table
from polysem._storage.weights import read_arrays, write_arrays


def save_run(run: Run, out: str | Path, *, overwrite: bool = False, report: bool = True) -> Path:
    """Write the run folder `out`; returns its path. Raises `BadInput` if it may not be written."""
    path = check_out(out, overwrite)
    assert path is not None
    prepare_out(path, overwrite)
    write_run(run, path, report=report)
    return path


def write_run(run: Run, path: Path, *, report: bool = True) -> None:
    """Write every file of the run into the folder `path`, which exists."""
    write_text(path / "spec.json", run.spec.canonical_json())
    write_text(path / "provenance.json", json.dumps(dict(run.provenance), indent=2))
    write_arrays(path / "weights.safetensors", {"start": run.start, "end": run.end})
    arrays = {
        f"{seed}/{name}": values
        for seed, kept in zip(run.seeds, run.trajectories, strict=True)
        for name, values in kept.items()
    }
    if arrays:
        write_arrays(path / "trajectory.safetensors", arrays)
        rows = trajectory_rows(run.seeds, run.trajectories)
        write_table(path / "trajectory.parquet", to_table(rows))
    solves = [
        {**row, **solve} for row, solve in zip(run.census.to_dicts(), run.solves, strict=True)
    ]
    write_table(path / "census.parquet", to_table(solves))
    _write_details(run, path)
    if report:
        run.report(path / "report.html")
        _write_figures(run, path / "figures")
    shutil.rmtree(path / FOLDER, ignore_errors=True)


def _write_details(run: Run, path: Path) -> None:
    """Who represents what, and what became of every collision at the start."""
    details = {
        "features": run.census.features,
        "polysemantic_neurons": run.census.polysemantic_neurons,
        "collisions": run.census.collisions,
    }
    for name, table in details.items():
        if table is not None:
            write_table(path / f"{name}.parquet", table.to_arrow())


def _write_figures(run: Run, folder: Path) -> None:
    from polysem._plots.save import save_figure

    folder.mkdir(exist_ok=True)
    save_figure(run.plot(), folder / "overview.svg")


def load_run(path: str | Path) -> Run:
    """Read a run folder, finished or not. Raises `BadInput` if it is not one."""
    folder = Path(path)
    spec, found = read_spec(folder), _finished_or_killed(folder)
    parts = read_parts(folder)
    if found is not None and parts.keys() <= set(found.seeds):
        return found
    return run_of_parts(spec, _parts_of(found) | parts, folder)


def stored_parts(folder: Path) -> dict[int, Part]:
    """Seeds that a folder holds, from its parts and from its finished files."""
    return _parts_of(_finished_or_killed(folder)) | read_parts(folder)


def _parts_of(run: Run | None) -> dict[int, Part]:
    """The seeds of a run one by one."""
    if run is None:
        return {}
    return {
        seed: (dict(solve), start, end, dict(trajectory))
        for seed, solve, start, end, trajectory in zip(
            run.seeds, run.solves, run.start, run.end, run.trajectories, strict=True
        )
    }


def _finished_or_killed(folder: Path) -> Run | None:
    """`finished_run`, or None where a process was killed while it wrote: its parts are whole."""
    try:
        return finished_run(folder)
    except BadInput:
        if not read_parts(folder):
            raise
        return None


def finished_run(folder: Path) -> Run | None:
    """The run of the files written at its end; None before that. Raises `BadInput` if one is
    missing or damaged, as where a process was killed while it wrote them."""
    spec = read_spec(folder)
    if not (folder / "weights.safetensors").is_file():
        return None
    weights = read_arrays(folder / "weights.safetensors")
    rows = read_table(folder / "census.parquet").to_pylist()
    if len(rows) != len(weights["end"]):
        raise BadInput(
            f"The files in {str(folder)!r} do not fit each other: census.parquet has {len(rows)} "
            f"seeds and weights.safetensors {len(weights['end'])}; run it again with --overwrite."
        )
    trajectories: dict[int, dict[str, np.ndarray]] = {row["seed"]: {} for row in rows}
    if (folder / "trajectory.safetensors").is_file():
        for key, values in read_arrays(folder / "trajectory.safetensors").items():
            seed, name = key.split("/", 1)
            trajectories[int(seed)][name] = values
    return Run(
        spec=spec,
        seeds=tuple(trajectories),
        start=weights["start"],
        end=weights["end"],
        solves=tuple(_solve_of(row) for row in rows),
        trajectories=tuple(trajectories.values()),
        provenance=_read_json(folder / "provenance.json"),
    )


def run_of_parts(spec: Any, parts: dict[int, Part], where: object, **provenance: Any) -> Run:
    """The run made of finished seeds; raises `BadInput` if there is none."""
    if not parts:
        raise BadInput(f"{str(where)!r} holds no finished seed; run it again with --overwrite.")
    seeds = tuple(sorted(parts))
    facts, starts, ends, trajectories = zip(*(parts[seed] for seed in seeds), strict=True)
    return Run(
        spec=spec,
        seeds=seeds,
        start=_stacked(starts),
        end=_stacked(ends),
        solves=facts,
        trajectories=trajectories,
        provenance=provenance,
    )


def _stacked(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Arrays along a new first axis; a single one is not copied."""
    return arrays[0][None] if len(arrays) == 1 else np.stack(arrays)


def read_spec(folder: Path) -> Any:
    """The specification in a run folder. Raises `BadInput` if there is none that we know."""
    verb = read_verb(folder)
    values = _read_json(folder / "spec.json")
    if verb == "simulate":
        return SimulateSpec.build(**values)
    if verb == "train":
        from polysem._train.spec import TrainSpec

        return TrainSpec.build(**values)
    raise BadInput(f"{str(folder)!r} holds a result of {verb!r}, not of simulate or train.")


def read_verb(folder: Path) -> str | None:
    """Which verb wrote a folder. Raises `BadInput` if it is not one of Polysem's."""
    if not folder.is_dir():
        raise BadInput(f"There is no run folder {str(folder)!r}.")
    if not (folder / "spec.json").is_file():
        raise BadInput(f"{str(folder)!r} is not a run folder: it has no spec.json.")
    return _read_json(folder / "spec.json").get("verb")


def _solve_of(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of a stored census row that describe the solve."""
    return {k: v for k, v in row.items() if k in SOLVE_COLUMNS or k.startswith("certificate_")}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(path)!r} cannot be read as JSON: {error}.") from None
