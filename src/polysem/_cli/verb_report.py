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
    written = _write(folder, to or folder / "report.html")
    if json:
        show.as_json({"report": str(written)})
    else:
        typer.echo(f"Written to {written}")
    return 0


def _write(folder: Path, to: Path) -> Path:
    """The page of whatever the folder holds."""
    from polysem._run.folder import read_verb
    from polysem._run.load import load

    if read_verb(folder) != "reproduce":
        return load(folder).report(to)
    from polysem._reproduce.page import page_of
    from polysem._reproduce.reproduce import reload

    return page_of(reload(folder)).write(to)
