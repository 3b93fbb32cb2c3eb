"""`polysem reproduce`: the paper's five figures, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysem._cli import options, show
from polysem._cli.progress import ProgressBar

COLUMNS = ("quantity", "method", "published", "ours", "low", "high", "agreement")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("reproduce")(reproduce)


def reproduce(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("reproduction"),
    full: Annotated[
        bool, typer.Option("--full", help="The published sizes (hours), not smaller ones.")
    ] = False,
    threads: options.Threads = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="Dask: tcp://HOST:PORT, local:4, slurm or slurm:FILE."),
    ] = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> int:
    """Reproduce arXiv 2312.03096: five figures, a table of agreement, and a report."""
    import polysem

    with ProgressBar("reproducing", quiet) as bar:
        result = polysem.reproduce(
            out, full=full, workers=threads, cluster=cluster,
            overwrite=overwrite, resume=resume, progress=bar,
        )  # fmt: skip
    if json:
        show.as_json({"out": str(out), "sizes": result.plan.name, "comparison": result.rows})
    else:
        show.table(str(result), COLUMNS, result.rows)
        typer.echo(f"Report: {out / 'report.html'}")
    return 0
