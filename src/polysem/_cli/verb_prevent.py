"""`polysem prevent`: what keeps features from colliding, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysem._cli import options, show, values
from polysem._cli.progress import ProgressBar
from polysem._cli.user_model import called, limit_threads
from polysem._errors import BadInput

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

TRADE_OFF = (
    "m", "method", "must", "plain", "left", "left_after", "removed_low", "removed_high", "loss",
    "loss_low", "loss_high", "loss_in_pairs", "free",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("prevent")(prevent)


def prevent(
    run: Annotated[
        str | None,
        typer.Argument(
            help="Folder of a run to compare with, or package.module:function, which returns a "
            "dict with make, train, loss, data and site of one's own model; or say --n and --m."
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="May be given again: distinct, disjoint, orthogonal, delayed:time=3, annealed, "
            "leak:slope=0.1, negative_overlap:strength=0.01, shift:by=-0.1, "
            "noise:std=0.1,excess=3 (with --by train), more_neurons:times=4, repair; all that "
            "apply if none."
        ),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", help="Features.")] = None,
    m: Annotated[
        str | None,
        typer.Option("--m", help="Neurons; several with commas between answer for all widths."),
    ] = None,
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
    from polysem._repair.judge.trade_off import TradeOff

    said: dict[str, Any] = {
        "recipe": recipe, "optimiser": optimiser, "lr": lr, "steps": steps,
        "data": values.law("--data", data),
        "accuracy": None if accuracy is None else values.accuracy(accuracy),
    }  # fmt: skip
    source, own = _source(run)
    if own:
        limit_threads(threads)
        threads = None
    said |= own
    with ProgressBar("methods", quiet) as bar:
        result = polysem.prevent(
            source,
            n=n,
            m=values.widths(m),
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
    if isinstance(result, TradeOff):
        show_trade_off(result, json, out)
    else:
        show_comparison(result, json, out)
    return 1 if result.failures else 0


def _source(run: str | None) -> tuple[Any, dict[str, Any]]:
    """What is compared: a run folder, or make(seed) and how such models are trained."""
    if run is None or Path(run).exists() or ":" not in run:
        return run, {}
    found = called(run, "polysem.prevent", "make", "train, loss, data, site")
    for name in found.keys() & {"seeds", "seed", "methods", "further", "confidence", "out"}:
        raise BadInput(f"{run!r} returns {name}, which is an option of the command; leave it out.")
    return found.pop("source"), found


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


def show_trade_off(result: Any, json: bool, out: Path | None) -> None:
    """Print the answer at several widths: one JSON object, or a table with sentences."""
    if json:
        answer = {"answer": result.answer(), "table": result.to_dicts()}
        show.as_json(answer | {"out": str(out) if out else None})
        return
    show.table("At several widths", TRADE_OFF, result.to_dicts())
    for sentence in result.answer():
        typer.echo(sentence)
    if out is not None:
        typer.echo(f"Written to {out}")
