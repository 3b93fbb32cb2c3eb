"""`polysem claims`: test every claim and write the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysem._cli import options, show

COLUMNS = ("claim", "verdict", "criterion", "claimed", "measured", "low", "high", "answer")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("claims")(claims)


def claims(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Numbers or names; all by default.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="Tight intervals (hours), or minutes.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder; goes on with it.")] = Path("claims"),
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Processes; one per core. 0: in this process."),
    ] = None,
    seed: options.Seed = 0,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="At most so many per cell, to try.")
    ] = None,
    json: options.Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="For log files: a line now and then, no bar.")
    ] = False,
) -> int:
    """Judge claims about incidental polysemanticity from data: supported, refuted, qualified."""
    import polysem
    from polysem._sweep.progress import SweepProgress

    with SweepProgress(quiet) as bar:
        result = polysem.claims(
            *(ids or ()), out=out, full=full, seed=seed, seeds=seeds, workers=workers,
            progress=lambda _, tally: bar(tally),
        )  # fmt: skip
    if json:
        show.as_json({"out": str(out), "size": result.size.name, "claims": result.rows})
    else:
        rows = result.to_pandas().replace({float("nan"): None}).to_dict("records")
        show.table(f"{len(result)} claims, {result.size.name}", COLUMNS, rows)
        typer.echo(f"Report: {out / 'report.html'}")
    return 1 if result.failures else 0
