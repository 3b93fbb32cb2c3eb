"""`polysem train`: the same network under any torch optimiser."""

from __future__ import annotations

from typing import Annotated

import typer

from polysem._cli import options, values
from polysem._cli.progress import ProgressBar
from polysem._cli.verb_simulate import show_run

COLUMNS = (
    "seed",
    "outcome",
    "converged",
    "polysemantic",
    "polysemantic_authors_rule",
    "opposite_sign",
    "same_sign",
    "dead_features",
    "initial_argmax_won",
    "steps",
    "wall_seconds",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train")(train)


def train(
    n: Annotated[int | None, typer.Option("--n", help="Features (rows of W).")] = None,
    m: Annotated[int | None, typer.Option("--m", help="Neurons (columns of W).")] = None,
    l1: Annotated[float | None, typer.Option("--l1", help="λ ≥ 0; by default 0.001.")] = None,
    seeds: options.Seeds = 1,
    seed: options.Seed = 0,
    recipe: Annotated[
        str | None, typer.Option(help="lecomte2023 or lecomte2023-noise: the authors' procedures.")
    ] = None,
    optimiser: Annotated[str | None, typer.Option(help="A class of torch.optim.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Weight decay.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of the optimiser.")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Inputs that a step draws; by default it sees all.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="Another setting of the optimiser, such as momentum=0.9."),
    ] = None,
    gradient: Annotated[str | None, typer.Option(help="closed (default) or autograd.")] = None,
    penalty: options.Penalty = None,
    activation: options.Activation = None,
    importance: options.Importance = None,
    negative_overlap: options.NegativeOverlap = None,
    data: options.Data = None,
    hidden: options.Hidden = None,
    architecture: options.Architecture = None,
    noise: options.Noise = None,
    noise_std: Annotated[float | None, typer.Option(help="Its standard deviation.")] = None,
    noise_shared: Annotated[
        str | None, typer.Option(help="One vector per sample, batch, or all (seeds too).")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    scale: options.Scale = None,
    initial: options.Initial = None,
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
    """Train N features on M neurons with an optimiser, and count where it ends."""
    import polysem

    with ProgressBar("steps", quiet) as bar:
        run = polysem.train(
            n,
            m,
            l1,
            seeds,
            seed=seed,
            recipe=recipe,
            optimiser=optimiser,
            lr=lr,
            weight_decay=weight_decay,
            steps=steps,
            batch=batch,
            gradient=gradient,  # pyright: ignore[reportArgumentType]  # checked by TrainOptions
            penalty=values.law("--penalty", penalty),
            activation=values.law("--activation", activation),
            importance=values.law("--importance", importance),
            negative_overlap=values.law("--negative-overlap", negative_overlap),
            data=values.law("--data", data),
            hidden=values.law("--hidden", hidden),
            architecture=values.law("--architecture", architecture),
            noise=values.noise(noise, noise_std, noise_shared),
            options=values.settings(option),
            device=device,  # pyright: ignore[reportArgumentType]
            dtype=dtype,  # pyright: ignore[reportArgumentType]
            scale=scale,
            initial=values.law("--initial", initial),
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
