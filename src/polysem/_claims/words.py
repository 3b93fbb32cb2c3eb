"""Experiments in words: what was varied, what was fixed, how many networks, which of them count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from polysem._claims.claim import Claim
from polysem._claims.experiment import ANYWHEN, CONVERGED, SETTLED, TRAINED, Experiment
from polysem._claims.gather import Size
from polysem._sweep.cells import cells_of
from polysem._sweep.grid import read_grid

COUNTS = {
    CONVERGED: "Networks count that converged to a certified end state",
    SETTLED: "Networks count that came to rest (converged, stationary, or all features dead)",
    TRAINED: "Networks count that did all their training steps",
    ANYWHEN: "Every network counts that did not diverge, stopped in time or at its end",
}
NOT_SAID = ("verb", "recipe", "train.device")  # nor what is only recorded
ROOMS = ("network.", "flow.", "train.")
NAMES = {"l1": "λ", "lt": "λt", "lr": "learning rate", "t_max": "end time", "dt": "step"}


def experiment_words(experiment: Experiment, size: Size) -> str:
    """An experiment at one size, in sentences."""
    grid = size.grid(experiment)
    cells = cells_of(read_grid(grid))
    base = grid.get("base", {})
    said = {k: v for k, v in base.items() if k not in NOT_SAID and not k.startswith("record.")}
    fixed = [f"{_name(k)} {_value(v)}" for k, v in said.items()]
    varied = [f"{_name(k)}: {_values(v)}" for k, v in grid.get("axes", {}).items()]
    varied += [f"{' and '.join(map(_name, group))} together" for group in grid.get("zip", ())]
    varied += [f"without {arithmetic(str(one))}" for one in grid.get("exclude", ())]
    told = [_how(base)]
    told += [f"Varied – {'; '.join(varied)}."] if varied else []
    told += [f"Fixed – {'; '.join(fixed)}."] if fixed else []
    return " ".join([*told, _many([cell.count for cell in cells]), _counts(experiment)])


def experiments_told(claim: Claim, size: Size) -> dict[str, str]:
    """Names of a claim's experiments → sentences; those that say the same stand together."""
    names: dict[str, list[str]] = {}
    for name, experiment in claim.experiments.items():
        names.setdefault(experiment_words(experiment, size), []).append(name)
    return {", ".join(alike): words for words, alike in names.items()}


def size_words(size: Size) -> str:
    """What was run: "Quick size", and what is unusual about it."""
    told = "Full size" if size.full else "Quick size"
    if size.most is not None:
        told += f", but at most {size.most} networks per setting (a trial)"
    if size.first:
        told += f", on networks numbered from {size.first:,} on"
    return f"{told}."


def excluded_words(used: int, excluded: Mapping[str, int]) -> str:
    """How many networks count, and how many do not and why."""
    out = sum(excluded.values())
    if not out:
        return f"{used:,} networks count; none was excluded."
    why = "; ".join(f"{reason} ({count:,})" for reason, count in excluded.items())
    return f"{used:,} networks count; {out:,} of {used + out:,} were excluded by rule: {why}."


def number_rows(numbers: Any) -> list[dict[str, Any]]:
    """A claim's table as plain rows, names and values as people write them."""
    return [
        {_name(str(k)): v.replace("_", " ") if isinstance(v, str) else v for k, v in row.items()}
        for row in numbers.to_dict("records")
    ]


def arithmetic(text: str) -> str:
    """Arithmetic of a grid as people write it: round(0.125*n**2) as 0.125·n², 2/sqrt(m) as 2/√m."""
    if whole := re.fullmatch(r"round\((.*)\)", text):
        text = whole[1]
    text = re.sub(r"\bl1\b", "λ", text).replace("**2", "²").replace("//", "/")
    text = re.sub(r"\b(\d+)\.0\b", r"\1", re.sub(r"sqrt\((\w+)\)", r"√\1", text))
    return re.sub(r"\b1\*(?=\w)", "", text).replace("*", "·")


def _how(base: Mapping[str, Any]) -> str:
    if base.get("verb") != "train":
        return "Gradient flow."
    recipe = base.get("recipe")
    return f"Training by the recipe {recipe}." if recipe else "Training."


def _many(counts: list[int]) -> str:
    few, most = min(counts), max(counts)
    each = f"{few:,}" if few == most else f"{few:,} to {most:,}"
    if len(counts) == 1:
        return f"{each} networks."
    return f"{len(counts):,} settings, {each} networks each."


def _counts(experiment: Experiment) -> str:
    known = COUNTS.get(tuple(experiment.accept))
    told = known or f"Networks count that ended as {' or '.join(experiment.accept)}"
    return told + (" and were sparse then." if experiment.sparse else ".")


def _name(path: str) -> str:
    for room in ROOMS:
        path = path.removeprefix(room)
    return NAMES.get(path, path.replace(".", " ").replace("_", " "))


def _values(given: Any) -> str:
    """An axis: a list, or a range between two ends."""
    if isinstance(given, Mapping):
        ((law, (first, last, count)),) = given.items()
        steps = "equal steps" if law == "linear" else "equal ratios"
        return f"{count} values from {_value(first)} to {_value(last)} in {steps}"
    return ", ".join(map(_value, given))


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        kind = [str(value["kind"]).replace("_", " ")] if "kind" in value else []
        rest = [f"{k.replace('_', ' ')} {_value(v)}" for k, v in value.items() if k != "kind"]
        return " ".join(kind + ([f"({', '.join(rest)})"] if kind and rest else rest))
    if isinstance(value, list | tuple):
        return " and ".join(map(_value, value))
    if isinstance(value, str):
        return arithmetic(value).replace("_", " ")
    return f"{value:.4g}" if isinstance(value, float) else str(value)
