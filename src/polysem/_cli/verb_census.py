"""`polysem census`: who represents what, in a run folder or any matrix of encodings."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from polysem._cli import options, show

COLUMNS = (
    "seed",
    "converged",
    "polysemantic",
    "opposite_sign",
    "same_sign",
    "dead_features",
    "dead_neurons",
    "initial_argmax_won",
    "collisions_start",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("census")(census)


def census(
    source: Annotated[
        Path, typer.Argument(help="Run folder, or .safetensors, .npy or .csv file of encodings.")
    ],
    key: Annotated[
        str | None, typer.Option("--key", help="Which tensor of a safetensors file.")
    ] = None,
    rule: Annotated[
        str, typer.Option(help="relative (|w| above half its feature's norm) or authors.")
    ] = "relative",
    transpose: Annotated[
        bool, typer.Option("--transpose", help="Rows are neurons, columns are features.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Count polysemantic neurons, their signs, occupancy, and what became of every collision."""
    import polysem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # shown below, louder
        taken = polysem.census(source, key=key, rule=rule, transpose=transpose)
    show.warn(taken.warnings)
    if json:
        show.as_json(as_object(taken, source))
        return 0
    show.table(f"Census of {source}", COLUMNS, taken.to_dicts())
    typer.echo(str(taken))
    if taken.collisions is not None:
        show.table("Collisions at the start", taken.fates().names, taken.fates().to_dicts())
        show.table(
            "Where those went that left", taken.departures().names, taken.departures().to_dicts()
        )
    return 0


def as_object(taken, source: Path) -> dict[str, object]:
    """The whole census as one JSON object."""
    found: dict[str, object] = {
        "source": str(source),
        "rule": taken.rule.words(),
        "n": taken.n_features,
        "m": taken.n_neurons,
        "warnings": list(taken.warnings),
        "seeds": taken.to_dicts(),
        "occupancy": taken.occupancy.tolist(),
        "features": taken.features.to_dicts(),
        "polysemantic_neurons": taken.polysemantic_neurons.to_dicts(),
    }
    if taken.collisions is not None:
        found["collisions"] = taken.collisions.to_dicts()
        found["fates"] = taken.fates().to_dicts()
        found["departures"] = taken.departures().to_dicts()
    return found
