"""Every outcome with its remedy, from the code that gives them."""

from __future__ import annotations


def tables() -> str:
    """Two tables, as Markdown."""
    from polysem import Outcome
    from polysem._train.outcome import TrainOutcome

    return f"## Of `simulate`\n\n{_table(Outcome)}\n\n## Of `train`\n\n{_table(TrainOutcome)}\n"


def _table(outcomes) -> str:
    rows = [f"| `{outcome}` | {outcome.remedy} |" for outcome in outcomes]
    return "\n".join(["| outcome | what it means, what to do |", "|---|---|", *rows])
