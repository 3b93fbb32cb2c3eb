"""`polysem benchmark-origin`: how good is the origin test? And the calibration that it ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysem._cli import options, show, values

COLUMNS = ("family", "neurons", "removable_share", "auc")
LEFT_OUT = ("families", "provenance", "fresh_families", "final_state")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("benchmark-origin")(benchmark_origin)


def benchmark_origin(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    networks: Annotated[int, typer.Option(min=1, help="Networks in every cell.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Number of the first seed.")] = 0,
    families: Annotated[
        str | None, typer.Option(help="Families, with commas between; all by default.")
    ] = None,
    score_networks: Annotated[
        int,
        typer.Option(
            min=0,
            help="Further networks in every cell, labelled by the live test alone, to grow the "
            "final-state score's trees on; 0: those that ship, only their slope is fitted.",
        ),
    ] = 0,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> int:
    """Train labelled families of networks, test every neuron, calibrate, and write the figures."""
    from polysem._cli.progress import ProgressBar
    from polysem._diagnose.benchmark.fitting import check_apart
    from polysem._diagnose.benchmark.folder import open_folder
    from polysem._diagnose.benchmark.run import chosen, run_benchmark

    names = values.names(families)
    chosen(names)
    check_apart(seed, networks, score_networks)
    open_folder(out, networks, seed, names, overwrite, resume, score_networks)
    with ProgressBar("cells", quiet) as bar:
        found = run_benchmark(out, networks, seed, names, bar, score_networks)
    if json:
        show.as_json(found)
        return 0
    _show(found)
    typer.echo(f"Written to {out}")
    return 0


def _show(found: dict[str, Any]) -> None:
    rows = [{"family": name, **facts} for name, facts in found["families"].items()]
    show.table("Families", COLUMNS, rows)
    for name, value in found.items():
        if name not in LEFT_OUT:
            typer.echo(f"{name.replace('_', ' ')}: {show.cell(value)}")
