"""`polysem repair`: take incidental polysemanticity out of a stored run or of one's own model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysem._cli import options, show
from polysem._cli.user_model import limit_threads
from polysem._errors import BadInput

COLUMNS = ("quantity", "before", "sham", "repaired", "difference", "low", "high", "pairs")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("repair")(repair)


def repair(
    source: Annotated[
        str, typer.Argument(help="A run folder, or a live model as package.module:function.")
    ],
    site: Annotated[
        str | None, typer.Option(help="Module of a live model, instead of the function's site.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="relocate (default), split (wider, exact) or rotate.")
    ] = None,
    network: Annotated[
        int | None, typer.Option(help="Which network of a run, from 0; all by default.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Adam steps of retraining (100).")] = None,
    rate: Annotated[float | None, typer.Option(help="Their learning rate (0.01).")] = None,
    share: Annotated[
        float | None,
        typer.Option(
            help="Share of the training's cost that may be spent (0.05); of a live model with "
            "--training-steps."
        ),
    ] = None,
    training_steps: Annotated[
        float | None, typer.Option(help="Steps that the training of a live model took.")
    ] = None,
    further: Annotated[
        int | None,
        typer.Option(help="Steps of training on, to see whether the repair lasts (100)."),
    ] = None,
    spend: Annotated[
        float | None,
        typer.Option(help="Feature-worths that the layer may lose against the sham (0.02)."),
    ] = None,
    maximal: Annotated[
        bool | None,
        typer.Option("--maximal", help="Hold all of a live model's neurons, then test each left."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of retraining (0).")] = None,
    out: options.Out = None,
    report: options.Report = True,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    threads: options.Threads = None,
) -> int:
    """Make removable polysemantic neurons monosemantic; show what it costs against a sham."""
    import polysem
    from polysem._cli.progress import ProgressBar
    from polysem._repair.store import as_object
    from polysem._storage.files import check_out

    check_out(out, overwrite)
    given = _source(source, site)
    typed = {"method": method, "network": network, "steps": steps, "rate": rate}
    typed |= {"share": share, "training_steps": training_steps, "further": further, "seed": seed}
    typed |= {"spend": spend, "maximal": maximal}
    limit_threads(threads)
    with ProgressBar("networks or rounds", quiet) as bar:
        asked = given | {name: value for name, value in typed.items() if value is not None}
        done = polysem.repair(asked.pop("source"), asked.pop("site", None), **asked, progress=bar)
    if out is not None:
        done.save(out, overwrite=overwrite)
        if report:
            done.report(out / "report.html")
    if json:
        show.as_json(as_object(done, rows=True))
        return 0
    show.table("Repaired against the sham", COLUMNS, done.effects.to_dicts())
    for sentence in done.summary():
        typer.echo(sentence)
    if out is not None:
        typer.echo(f"Written to {out}")
    return 0


def _source(source: str, site: str | None) -> dict[str, Any]:
    """What `polysem.repair` takes: a run folder loaded, or what a function returns."""
    from polysem._cli.user_model import called

    if Path(source).exists() or ":" not in source:
        if site is not None:
            raise BadInput("--site belongs to a live model, given as package.module:function.")
        from polysem._run.load import load

        return {"source": load(Path(source))}
    found = called(source, "polysem.repair")
    return found | ({"site": site} if site is not None else {})
