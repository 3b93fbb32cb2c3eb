"""`polysem explore`: watch networks live and browse results, in a browser on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysem._errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("explore")(explore)


def explore(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN_OR_DIR]",
            help="A run, sweep, claims or diagnosis folder, or one that holds several.",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port; 5006 if none, 0 for any free one.")
    ] = None,
    address: Annotated[
        str,
        typer.Option("--address", help="Address to listen on; others may reach any but this one."),
    ] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option("--token", help="Word that browsers must give, 8 letters or more.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> int:
    """Open the explorer: watch features race for neurons, browse runs, sweeps and claims.

    It answers only this machine, needs no network, and ends with Ctrl-C.
    """
    try:
        import panel  # noqa: F401
    except ImportError:
        raise BadInput(
            "The explorer needs the package panel: pip install 'polysem[explorer]'."
        ) from None
    from polysem._explorer import serve
    from polysem._explorer.shelf import Shelf
    from polysem._explorer.views import check_readable, landing

    if folder is not None:
        check_readable(folder)
    server = serve.make_server(port=port, address=address, token=token, folder=folder)
    first = landing(Shelf(folder)).slug
    shown = "localhost" if address in serve.LOOPBACK else address
    typer.echo(f"The explorer is at http://{shown}:{server.port}/{first} (Ctrl-C ends it).")
    serve.explore(server, browser=browser)
    return 0
