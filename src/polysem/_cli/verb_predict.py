"""`polysem predict`: what theory expects, with equation, source and domain of validity."""

from __future__ import annotations

from typing import Annotated

import typer

from polysem._cli import options, show


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("predict")(predict)


def predict(
    n: options.N,
    m: options.M,
    l1: Annotated[
        float | None, typer.Option("--l1", help="λ; without it only what does not depend on it.")
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Also equation, source and domain of each.")
    ] = False,
    json: options.Json = False,
) -> int:
    """My layer has M neurons and I believe N features: how many incidental collisions?"""
    import polysem

    answer = polysem.expected_collisions(n, m)
    predictions = polysem.predict(n, m, l1)
    if json:
        show.as_json(
            {
                "n": n,
                "m": m,
                "l1": l1,
                "expected_collisions": {
                    "value": answer.value,
                    "low": answer.low,
                    "high": answer.high,
                    "sentence": answer.sentence,
                    "caveat": answer.caveat,
                },
                "predictions": predictions.to_dicts(),
            }
        )
        return 0
    typer.echo(str(answer))
    typer.echo("")
    if sources:
        typer.echo("\n".join(repr(item) for item in predictions))
    else:
        typer.echo(repr(predictions))
        typer.echo("\nAdd --sources for the equation, source and domain of each.")
    return 0
