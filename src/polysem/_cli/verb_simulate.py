"""`polysem simulate`: gradient flow to its certified end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysem._cli import options, show, values
from polysem._cli.progress import ProgressBar

if TYPE_CHECKING:
    from polysem._run.run import Run

COLUMNS = (
    "seed",
    "outcome",
    "polysemantic",
    "opposite_sign",
    "same_sign",
    "dead_features",
    "initial_argmax_won",
    "t",
    "rhs_evaluations",
    "wall_seconds",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("simulate")(simulate)


def simulate(
    n: options.N,
    m: options.M,
    l1: options.L1 = 0.001,
    seeds: options.Seeds = 1,
    seed: options.Seed = 0,
    scale: options.Scale = None,
    initial: options.Initial = None,
    penalty: options.Penalty = None,
    activation: options.Activation = None,
    importance: options.Importance = None,
    negative_overlap: options.NegativeOverlap = None,
    data: options.Data = None,
    hidden: options.Hidden = None,
    architecture: options.Architecture = None,
    noise: Annotated[str | None, typer.Option(hidden=True)] = None,  # refused with the reason
    noise_std: Annotated[float | None, typer.Option(hidden=True)] = None,
    noise_shared: Annotated[str | None, typer.Option(hidden=True)] = None,
    method: Annotated[str, typer.Option(help="auto, engine or reference.")] = "auto",
    accuracy: Annotated[
        str, typer.Option(help="tight, fast, or a factor on the tight tolerances.")
    ] = "tight",
    check: Annotated[
        bool, typer.Option(help="Solve at two tolerances; name the features that differ.")
    ] = False,
    dt: Annotated[float, typer.Option(help="Step of the reference method.")] = 0.01,
    t_max: Annotated[float | None, typer.Option(help="Budget of flow time.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Budget of steps per seed.")] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Budget of seconds per seed.")] = None,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    device: Annotated[
        str, typer.Option(help="cpu, or cuda or mps: seeds in batches on a graphics processor.")
    ] = "cpu",
    record: options.Record = None,
    pair: options.Pair = None,
    per_decade: options.PerDecade = None,
    threads: options.Threads = None,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    report: options.Report = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> int:
    """Solve the gradient flow of N features on M neurons to its certified end, and count."""
    import polysem

    law = values.noise(noise, noise_std, noise_shared)
    refused: dict[str, Any] = {} if law is None else {"noise": law}
    with ProgressBar("seeds solved", quiet) as bar:
        run = polysem.simulate(
            n,
            m,
            l1,
            seeds,
            seed=seed,
            scale=scale,
            initial=values.law("--initial", initial),
            penalty=values.law("--penalty", penalty),
            activation=values.law("--activation", activation),
            importance=values.law("--importance", importance),
            negative_overlap=values.law("--negative-overlap", negative_overlap),
            data=values.law("--data", data),
            hidden=values.law("--hidden", hidden),
            architecture=values.law("--architecture", architecture),
            **refused,
            method=method,  # pyright: ignore[reportArgumentType]  # checked by FlowOptions
            accuracy=values.accuracy(accuracy),  # pyright: ignore[reportArgumentType]
            check=check,
            dt=dt,
            t_max=t_max,
            max_steps=max_steps,
            max_seconds=max_seconds,
            dtype=dtype,
            device=device,
            record=values.names(record),
            pair=values.pair(pair),
            per_decade=per_decade,
            workers=threads,
            out=out,
            overwrite=overwrite,
            resume=resume,
            report=report,
            progress=bar,
        )
    return show_run(run, COLUMNS, json, out)


def show_run(run: Run, columns: Sequence[str], json: bool, out: Path | None) -> int:
    """Print a run beside theory; exit code 1 if a seed came to no good end."""
    from polysem._theory import expected_collisions

    show.warn(run.census.warnings)
    if json:
        spec = run.spec.model_dump(mode="json")
        show.as_json({"spec": spec, "out": str(out) if out else None, "seeds": run.rows})
    else:
        show.table(str(run).partition("\n")[0], columns, run.rows)
        typer.echo(str(run.census))
        network = run.spec.network
        whose = "" if network.problem.is_base else " of the base model"
        typer.echo(f"theory{whose}: {expected_collisions(network.n, network.m)}")
        for remedy in dict.fromkeys(
            f"{row['outcome']}: {row['remedy']}" for row in run.rows if _worth_saying(row)
        ):
            typer.echo(remedy)
        if network.problem.outside_engine and run.spec.verb == "simulate":
            typer.echo(f"solved by the reference stepper: {network.problem.outside_engine}.")
        if any("differing_winners" in row for row in run.rows):
            typer.echo(check_in_words(run))
        if out is not None:
            typer.echo(f"Written to {out}")
    return 1 if any(row["outcome"] in ("diverged", "bad_start") for row in run.rows) else 0


def check_in_words(run: Run) -> str:
    """Which winners two tolerances disagree about, seed by seed."""
    rows = [row for row in run.rows if row.get("differing_winners")]
    features = run.spec.network.n * len(run.rows)
    count = sum(len(row["differing_winners"]) for row in rows)
    text = f"check: at two tolerances {count} of {features} features have different winners"
    if not rows:
        return f"{text}."
    named = "; ".join(
        f"seed {r['seed']}: {', '.join(map(str, r['differing_winners']))}" for r in rows
    )
    return f"{text} (near-ties) — {named}."


def _worth_saying(row: Mapping[str, Any]) -> bool:
    return row["outcome"] not in ("converged", "steps_done")
