"""The verbs, gathered."""

from __future__ import annotations

import click
import typer

from polysem._cli import (
    verb_census,
    verb_doctor,
    verb_predict,
    verb_report,
    verb_reproduce,
    verb_simulate,
    verb_train,
)

VERBS = (
    verb_simulate,
    verb_train,
    verb_census,
    verb_predict,
    verb_reproduce,
    verb_report,
    verb_doctor,
)

HELP = """Where does a polysemantic neuron come from?

Simulate, count, predict and reproduce incidental polysemanticity (arXiv 2312.03096).
"""


def build() -> click.Command:
    """The command `polysem` with all its verbs."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_common)
    for verb in VERBS:
        verb.register(app)
    return typer.main.get_command(app)


def _common(
    version: bool = typer.Option(False, "--version", help="Show the version and leave."),
) -> None:
    """Options before any verb."""
    if version:
        from polysem._storage.provenance import version as installed

        typer.echo(f"polysem {installed('polysem')}")
        raise typer.Exit()
