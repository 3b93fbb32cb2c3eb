"""`polysem claims`: test every claim and write the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysem._cli import options, show

if TYPE_CHECKING:
    from polysem._claims.planning import LedgerForecast

COLUMNS = ("claim", "verdict", "criterion", "claimed", "measured", "low", "high", "answer")
PLANNED = (
    "claim", "experiment", "cells", "seeds", "seeds_missing", "core_seconds", "memory_mib",
    "disk_mib",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("claims")(claims)


def claims(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Numbers or names; all by default.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Tight intervals: hours.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Minutes; the default.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder; goes on with it.")] = Path("claims"),
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Processes; one per core. 0: in this process."),
    ] = None,
    seed: options.Seed = 0,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="At most so many per cell, to try.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only cells, estimated time and memory.")
    ] = False,
    json: options.Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="For log files: a line now and then, no bar.")
    ] = False,
) -> int:
    """Judge claims about incidental polysemanticity from data: supported, refuted, qualified."""
    import polysem

    if full and quick:
        raise polysem.BadInput("--full and --quick are two sizes; give one of them.")
    if dry_run:
        return show_plan(
            polysem.claims(
                *(ids or ()), out=out, full=full, seed=seed, seeds=seeds, workers=workers,
                dry_run=True,
            ),
            json,
        )  # fmt: skip
    from polysem._sweep.progress import SweepProgress

    with SweepProgress(quiet) as bar:
        result = polysem.claims(
            *(ids or ()), out=out, full=full, seed=seed, seeds=seeds, workers=workers,
            progress=lambda what, tally: bar(tally, what),
        )  # fmt: skip
    if json:
        show.as_json({"out": str(out), "size": result.size.name, "claims": result.rows})
    else:
        rows = result.to_pandas().replace({float("nan"): None}).to_dict("records")
        show.table(f"{len(result)} claims, {result.size.name}", COLUMNS, rows)
        typer.echo(f"Report: {out / 'report.html'}")
    return 1 if result.failures else 0


def show_plan(plan: LedgerForecast, json: bool) -> int:
    """Print what a ledger would cost."""
    if json:
        show.as_json({"size": plan.size, "seconds": plan.seconds, "sweeps": plan.rows})
    else:
        show.table("Nothing is computed", PLANNED, plan.rows)
        typer.echo(str(plan))
    return 0
