"""The verbs, gathered."""

from __future__ import annotations

from typing import Any

import typer

from polysem._cli import (
    verb_benchmark_origin,
    verb_census,
    verb_claims,
    verb_diagnose,
    verb_doctor,
    verb_explore,
    verb_predict,
    verb_prevent,
    verb_repair,
    verb_report,
    verb_reproduce,
    verb_simulate,
    verb_sweep,
    verb_train,
)

VERBS = (
    verb_simulate,
    verb_train,
    verb_census,
    verb_predict,
    verb_diagnose,
    verb_benchmark_origin,
    verb_repair,
    verb_prevent,
    verb_sweep,
    verb_claims,
    verb_reproduce,
    verb_report,
    verb_explore,
    verb_doctor,
)

HELP = """Where does a polysemantic neuron come from?

Simulate, count, predict and reproduce incidental polysemanticity (arXiv 2312.03096).
"""


def build() -> Any:
    """The command `polysem` with all its verbs."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(help=HELP)(_common)
    for verb in VERBS:
        verb.register(app)
    return typer.main.get_command(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from polysem._storage.provenance import version

        typer.echo(f"polysem {version('polysem')}")
        raise typer.Exit()


def _common(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Show the version."
    ),
) -> None:
    """Options before any verb."""
