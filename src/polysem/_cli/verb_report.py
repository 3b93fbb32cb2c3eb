"""`polysem report`: write the self-contained page of a stored result again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysem._cli import options, show
from polysem._errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("report")(report)


def report(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder of a run, a sweep, a reproduction, a diagnosis or a repair."),
    ],
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; report.html in the folder if none.")
    ] = None,
    x: Annotated[str | None, typer.Option("--x", help="Of a sweep: column along x.")] = None,
    y: Annotated[str | None, typer.Option("--y", help="Column drawn; polysemantic.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="One colour for each value.")] = None,
    facet: Annotated[str | None, typer.Option("--facet", help="One panel for each value.")] = None,
    json: options.Json = False,
) -> int:
    """Draw the report of a stored result as one offline page.

    The columns of a sweep are chosen sensibly where they are not said.
    """
    columns = {"x": x, "y": y, "by": by, "facet": facet}
    said = {name: column for name, column in columns.items() if column is not None}
    written = _write(folder, to or folder / "report.html", said)
    if json:
        show.as_json({"report": str(written)})
    else:
        typer.echo(f"Written to {written}")
    return 0


def _write(folder: Path, to: Path, columns: dict[str, str]) -> Path:
    """The page of whatever the folder holds. Raises `BadInput` for columns of what has none."""
    from polysem._run.folder import read_verb
    from polysem._sweep.load import load

    verb = read_verb(folder)
    if columns and verb != "sweep":
        raise BadInput(f"--{next(iter(columns))} is for sweeps; {str(folder)!r} holds none.")
    if verb != "reproduce":
        return load(folder).report(to, **columns)
    from polysem._reproduce.page import page_of
    from polysem._reproduce.reproduce import reload

    return page_of(reload(folder)).write(to)
