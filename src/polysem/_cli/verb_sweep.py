"""`polysem sweep`: every cell of a grid, computed once, kept whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysem._cli import options, show

if TYPE_CHECKING:
    from polysem._sweep.results import Sweep

FAILURE_COLUMNS = ("name", "first", "count", "attempts", "reason")
FAILURES_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sweep")(sweep)


def sweep(
    grid: Annotated[Path, typer.Argument(help="Grid: a .yaml or .json file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the sweep; goes on with it.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only cells, estimated time and memory.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Processes; one per core. 0: in this process."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="Dask: tcp://HOST:PORT, local:4, slurm or slurm:FILE."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try the cells again that failed before.")
    ] = False,
    limit_seconds: Annotated[
        float | None,
        typer.Option("--limit-seconds", help="Of one part of a cell, then it counts as hung."),
    ] = None,
    retries: Annotated[
        int, typer.Option("--retries", min=0, help="How often a failed cell is tried again.")
    ] = 2,
    weights: Annotated[bool, typer.Option("--weights", help="Keep weights too.")] = False,
    log: Annotated[
        list[str] | None, typer.Option("--log", help="tensorboard, wandb or mlflow.")
    ] = None,
    json: options.Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="For log files: a line now and then, no bar.")
    ] = False,
) -> int:
    """Compute every cell of GRID that the folder does not hold yet; nothing finished is lost."""
    import polysem
    from polysem._sweep.progress import SweepProgress

    if dry_run:
        found = polysem.sweep(
            grid, out, dry_run=True, workers=workers, cluster=cluster,
            retry_failed=retry_failed, weights=weights,
        )  # fmt: skip
        if json:
            show.as_json(found.to_dict())
        else:
            typer.echo(str(found))
        return 0
    with SweepProgress(quiet) as bar:
        result = polysem.sweep(
            grid, out, workers=workers, cluster=cluster, retry_failed=retry_failed,
            limit_seconds=limit_seconds, retries=retries, weights=weights, log=log, progress=bar,
        )  # fmt: skip
    return show_sweep(result, json)


def show_sweep(result: Sweep, json: bool) -> int:
    """Print what a sweep found; exit code 1 if cells failed."""
    from collections import Counter

    cells = len(set(result.table["cell"].to_pylist()))
    outcomes = Counter(result.table["outcome"].to_pylist())
    if json:
        show.as_json(
            {
                "out": str(result.folder),
                "cells": cells,
                "seeds": len(result),
                "outcomes": dict(outcomes),
                "failures": [dict(failure) for failure in result.failures],
            }
        )
    else:
        ended = ", ".join(f"{count} {name}" for name, count in outcomes.items())
        typer.echo(f"{cells} cells, {len(result)} seeds ({ended or 'none'}) in {result.folder}")
        if result.failures:
            title = f"{len(result.failures)} failed; try them again with --retry-failed"
            show.table(title, FAILURE_COLUMNS, result.failures[:FAILURES_SHOWN])
    return 1 if result.failures else 0
