"""`polysem report`: write the self-contained page of a stored result again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysem._cli import options, show


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("report")(report)


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a run or a reproduction.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; report.html in the folder if none.")
    ] = None,
    json: options.Json = False,
) -> int:
    """Draw the report of a stored run or reproduction as one offline HTML page."""
    from polysem._run.load import load

    written = load(folder).report(to or folder / "report.html")
    if json:
        show.as_json({"report": str(written)})
    else:
        typer.echo(f"Written to {written}")
    return 0
