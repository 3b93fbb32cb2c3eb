"""One seed of a run as one file, written as soon as it is solved, so that a kill loses one seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._flow.stepper import SeedSolution
from polysem._storage.weights import read_arrays, write_arrays
from polysem._train.outcome import TrainedSeed
from polysem._types import Weights

FOLDER = "parts"
LAYERS = "layers"  # beside the trajectories of networks with more than one tied layer
CHECKED = "differing_winners"  # in the facts of seeds that were solved with `check`
Solution = SeedSolution | TrainedSeed
Part = tuple[dict[str, Any], Weights, Weights, dict[str, np.ndarray]]
"""(how the seed was solved, start, end, trajectory)."""


def solve_facts(solution: Solution) -> dict[str, Any]:
    """How one seed ended and what it cost, as plain values."""
    certificate = {
        f"certificate_{name}": value
        for name, value in asdict(solution.certificate).items()
        if name != "l1"
    }
    differing = getattr(solution, "differing_winners", None)
    checked = {} if differing is None else {CHECKED: list(differing)}
    return {
        "outcome": str(solution.outcome),
        "t": solution.t,
        "steps": solution.steps,
        "rhs_evaluations": solution.rhs_evaluations,
        "wall_seconds": solution.wall_seconds,
        "method": solution.method,
        **certificate,
        **checked,
    }


def make_part(start: Weights, solution: Solution) -> Part:
    """What is kept of one solved seed."""
    layers = getattr(solution, LAYERS, None)
    if layers is None:
        return solve_facts(solution), start, solution.end, dict(solution.trajectory)
    kept = {**solution.trajectory, LAYERS: layers}
    return solve_facts(solution), layers[0, -1], solution.end, kept


def write_part(folder: Path, seed: int, part: Part) -> None:
    """Write one seed as a whole file under `folder`/parts."""
    facts, start, end, trajectory = part
    arrays = {f"trajectory/{name}": values for name, values in trajectory.items()}
    arrays |= {"start": start, "end": end}
    (folder / FOLDER).mkdir(exist_ok=True)
    write_arrays(_path(folder, seed), arrays, {"solve": json.dumps(facts)})


def read_parts(folder: Path) -> dict[int, Part]:
    """Every whole part under `folder`, by seed; a damaged one counts as not done."""
    parts = {}
    for path in sorted((folder / FOLDER).glob("seed-*.safetensors")):
        try:
            parts[int(path.stem.removeprefix("seed-"))] = _read(path)
        except (BadInput, KeyError, ValueError):
            continue
    return parts


def _read(path: Path) -> Part:
    from safetensors import safe_open

    arrays = read_arrays(path)
    with safe_open(path, "np") as file:
        facts: Mapping[str, str] = file.metadata()
    trajectory = {
        name.removeprefix("trajectory/"): values
        for name, values in arrays.items()
        if name.startswith("trajectory/")
    }
    return json.loads(facts["solve"]), arrays["start"], arrays["end"], trajectory


def _path(folder: Path, seed: int) -> Path:
    return folder / FOLDER / f"seed-{seed:09d}.safetensors"
