"""`polysem doctor`: what is installed, which devices are there, and a self-check in seconds."""

from __future__ import annotations

import typer

from polysem._cli import options, show


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor")(doctor)


def doctor(json: options.Json = False) -> int:
    """Show versions and devices, and check the engine against the reference stepper."""
    from polysem._storage.provenance import provenance

    facts = {**provenance(), "devices": devices(), "self_check": self_check()}
    if json:
        show.as_json(facts)
    else:
        for name, value in facts.items():
            typer.echo(f"{name}: {value}")
    return 0 if facts["self_check"]["passed"] else 1


def devices() -> list[str]:
    """Names that --device takes on this machine."""
    import torch

    there = ["cpu"]
    if torch.cuda.is_available():
        there.append("cuda")
    if torch.backends.mps.is_available():
        there.append("mps")
    return there


def self_check() -> dict[str, object]:
    """Solve one network by two methods; they must end with the same winners.

    It is large enough for the compiled kernels, so that they are compiled and kept from now on.
    """
    import polysem

    runs = {
        method: polysem.simulate(8, 64, 0.1, seeds=2, method=method, record=())
        for method in ("auto", "reference")
    }
    ends = [abs(run.end).argmax(-1) for run in runs.values()]
    converged = all(str(o) == "converged" for run in runs.values() for o in run.outcomes)
    return {
        "passed": bool(converged and (ends[0] == ends[1]).all()),
        "what": "gradient flow, 2 seeds of n=8, m=64: engine and reference agree on every winner",
    }
