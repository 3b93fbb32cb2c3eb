"""The plain networks that every method is paired with: a stored run, or one to be made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polysem._config import unknown_name
from polysem._errors import BadInput
from polysem._flow.options import FlowOptions
from polysem._flow.recorder import RecordOptions
from polysem._flow.spec import SimulateSpec
from polysem._network.spec import NetworkSpec
from polysem._repair.prevent.solving import Spec
from polysem._run.folder import load_run
from polysem._run.run import Run
from polysem._run.simulate import run_simulation
from polysem._run.train import recipe_settings, run_training
from polysem._train.options import TrainOptions
from polysem._train.spec import TrainSpec

QUIET = RecordOptions(what=())
BY = ("flow", "train")


def plain_spec(
    sizes: Mapping[str, Any], seeds: int, seed: int, by: str, settings: Mapping[str, Any]
) -> Spec:
    """The specification of plain networks from what a user said.

    `sizes` — n, m and l1. `settings` — of the network (`NetworkSpec`), and of the flow
    (`FlowOptions`) or the training (`TrainOptions`, or recipe). Raises `BadInput`.
    """
    if by not in BY:
        raise BadInput(unknown_name(str(by), list(BY), "by"))
    options = FlowOptions if by == "flow" else TrainOptions
    network = [name for name in NetworkSpec.model_fields if name not in ("n", "m", "l1")]
    how = [*options.model_fields, *(["recipe"] if by == "train" else [])]
    for name in settings:
        if name not in (*network, *how):
            raise BadInput(unknown_name(name, [*network, *how], "setting"))
    said = {name: value for name, value in settings.items() if value is not None}
    base = recipe_settings(said.pop("recipe", None) if by == "train" else None)
    given = {name: value if value is not None else base[name] for name, value in sizes.items()}
    if given["n"] is None or given["m"] is None:
        raise BadInput("Give n (features) and m (neurons), for example n=64, m=256, or a run.")
    parts: dict[str, Any] = {
        "network": {**given, **{k: v for k, v in said.items() if k in network}},
        "seeds": seeds,
        "seed": seed,
    }
    chosen = {k: v for k, v in said.items() if k in how}
    if by == "flow":
        return SimulateSpec.build(**parts, flow=chosen, record=QUIET)
    return TrainSpec.build(**parts, train={**base["train"], **chosen}, record=QUIET)


def run_plain(spec: Spec, workers: int | None = None) -> Run:
    """Solve or train the plain networks."""
    if isinstance(spec, SimulateSpec):
        return run_simulation(spec, workers=workers)
    return run_training(spec, workers=workers)


def given_run(run: Run | str | Path) -> Run:
    """A run, or that of a folder. Raises `BadInput` for what is neither, or cannot be judged."""
    if isinstance(run, str | Path):
        run = load_run(run)
    if not isinstance(run, Run):
        raise BadInput(
            f"run is of type {type(run).__name__}; give a result of simulate or train, or its "
            "folder."
        )
    return run


def check_judgeable(spec: Spec) -> None:
    """Raise `BadInput` if the encodings of a network are not all there is to its loss."""
    network = spec.network
    if not network.architecture.plain:
        raise BadInput(
            "Prevention is compared on one tied layer without biases, whose loss its encodings "
            f"decide; this network is {network.architecture.canonical_json()}."
        )
