"""`polysem prevent`: what keeps features from colliding, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysem._cli import options, show, values
from polysem._cli.progress import ProgressBar

COLUMNS = (
    "method",
    "pairs",
    "expected",
    "plain",
    "left",
    "left_after",
    "Δ polysemantic",
    "Δ loss",
    "Δ loss_in_pairs",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("prevent")(prevent)


def prevent(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a run to compare with; or say --n and --m.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="May be given again: distinct, disjoint, orthogonal, delayed:time=3, annealed, "
            "leak:slope=0.1, negative_overlap:strength=0.01, shift:by=-0.1, "
            "noise:std=0.1,excess=3 (with --by train), more_neurons:times=4; all that apply if "
            "none."
        ),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", help="Features.")] = None,
    m: Annotated[int | None, typer.Option("--m", help="Neurons.")] = None,
    l1: Annotated[float | None, typer.Option("--l1", help="λ; 0.001 if not said.")] = None,
    seeds: options.Seeds = 16,
    seed: options.Seed = 0,
    by: Annotated[str, typer.Option(help="flow, or train (an optimiser).")] = "flow",
    recipe: Annotated[
        str | None, typer.Option(help="With --by train: lecomte2023, the authors' procedure.")
    ] = None,
    optimiser: Annotated[
        str | None, typer.Option(help="With --by train: a class of torch.optim.")
    ] = None,
    lr: Annotated[float | None, typer.Option(help="With --by train: learning rate.")] = None,
    steps: Annotated[int | None, typer.Option(help="With --by train.")] = None,
    data: options.Data = None,
    accuracy: Annotated[
        str | None, typer.Option(help="Of the flow: tight, fast, or a factor.")
    ] = None,
    further: Annotated[
        bool, typer.Option("--further/--no-further", help="Train on and count again.")
    ] = True,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    threads: options.Threads = None,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    report: options.Report = True,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> int:
    """Compare plain networks with the same seeds kept from colliding: counts, losses, intervals."""
    import polysem

    said: dict[str, Any] = {
        "recipe": recipe, "optimiser": optimiser, "lr": lr, "steps": steps,
        "data": values.law("--data", data),
        "accuracy": None if accuracy is None else values.accuracy(accuracy),
    }  # fmt: skip
    with ProgressBar("methods", quiet) as bar:
        result = polysem.prevent(
            run,
            n=n,
            m=m,
            l1=l1,
            seeds=seeds,
            seed=seed,
            by=by,  # pyright: ignore[reportArgumentType]  # checked there
            methods=[values.law("--method", text) for text in method] if method else None,
            further=further,
            confidence=confidence,
            workers=threads,
            out=out,
            overwrite=overwrite,
            resume=resume,
            report=report,
            progress=bar,
            **{name: value for name, value in said.items() if value is not None},
        )
    show_comparison(result, json, out)
    return 1 if result.failures else 0


def show_comparison(result: Any, json: bool, out: Path | None) -> None:
    """Print a comparison: one JSON object, or a table with its exclusions."""
    from polysem._repair.judge.words import exclusions, in_words

    if json:
        show.as_json(
            {
                "settings": dict(result.settings),
                "out": str(out) if out else None,
                "methods": result.summary(),
                "effects": result.to_dicts(),
                "excluded": result.excluded,
            }
        )
        return
    show.table(in_words(result)[0], COLUMNS, result.summary())
    show.warn(exclusions(result))
    if out is not None:
        typer.echo(f"Written to {out}")
