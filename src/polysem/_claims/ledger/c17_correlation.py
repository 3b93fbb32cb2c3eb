"""Do encodings end where they started? Cloned starts, for the flow and for AdamW."""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, mean
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.panel import Panel, points

METHODS = ("flow", "AdamW")


def flow_grid(n: int, seeds: int) -> dict:
    """Gradient flow at the authors' λ."""
    axes = {"m": ["2*n", "4*n", "16*n"]}
    return {"base": {"n": n, "l1": 0.01, "flow.accuracy": "fast"}, "axes": axes, "seeds": seeds}


def adamw_grid(n: int, seeds: int) -> dict:
    """The authors' recipe at the same sizes and seeds."""
    base = {"verb": "train", "recipe": "lecomte2023", "n": n}
    return {"base": base, "axes": {"m": ["2*n", "4*n", "16*n"]}, "seeds": seeds}


def diagonal(frame):
    """(start_i·end_i − mean start_i·end_j)·√m: in standard deviations of an initial weight."""
    return (frame["start_end_dot"] - frame["start_end_dot_others"]) * frame["m"] ** 0.5


def of(method: str):
    """The diagonal above its null; mean over seeds of all widths."""

    def effect(tables: Tables, confidence: float) -> Effect:
        return mean(diagonal(tables[method]), confidence)

    return effect


def flow_minus_adamw(tables: Tables, confidence: float) -> Effect:
    """How much stronger the flow remembers; the same networks under both."""
    keys = ["m", "seed"]
    both = [tables[name].assign(diagonal=diagonal(tables[name])) for name in METHODS]
    pairs = both[0].merge(both[1], on=keys, suffixes=("", "_adamw"))
    return mean(pairs["diagonal"] - pairs["diagonal_adamw"], confidence)


def groups(tables: Tables) -> list:
    """The diagonal by method and m."""
    return [
        ({"method": name, "m": m}, mean(diagonal(f), SHOWN))
        for name in METHODS
        for m, f in tables[name].groupby("m")
    ]


def aliased(tables: Tables) -> list:
    """What is plotted if the start is not cloned and so is the end: mean ‖end‖²·√m."""
    return [
        ({"method": f"{name}, start not cloned", "m": m}, mean(f["norm"] ** 2 * m**0.5, SHOWN))
        for name in METHODS
        for m, f in tables[name].groupby("m")
    ]


def panel(tables: Tables) -> Panel:
    """The diagonal against m."""
    found = groups(tables)
    series = tuple(
        points(
            name,
            [p["m"] for p, _ in found if p["method"] == name],
            [e for p, e in found if p["method"] == name],
            line=True,
        )
        for name in METHODS
    )
    return Panel(
        "How much of its start does an encoding keep?", "number of neurons, m",
        "start·end above its null, times √m", series,
        "Mean of start_i·end_i less that of start_i·end_j, in standard deviations 1/√m of an "
        "initial weight. 95 % intervals over seeds.",
        "Start·end above its null against m, under the flow and under AdamW.", x_log=True,
        claimed=(0.5, math.inf),
    )  # fmt: skip


CLAIM = Claim(
    number=17,
    name="correlation",
    statement="Encodings at the end are correlated with their start.",
    source=f"{PAPER}, figure of weight correlations (its script aliases start and end on a CPU)",
    reading=(
        "With cloned starts, start_i·end_i exceeds start_i·end_j by more than 0.5/√m on "
        "average, under the flow and under the authors' AdamW. Beside: both alike (difference "
        "within 0.25/√m)."
    ),
    experiments={
        "flow": Experiment(flow_grid(24, 16), flow_grid(64, 200)),
        "AdamW": Experiment(adamw_grid(24, 8), adamw_grid(64, 64), accept=TRAINED, sparse=True),
    },
    criteria=(
        Criterion("flow: start·end above its null, ×√m", 0.5, math.inf, of("flow")),
        Criterion("AdamW: start·end above its null, ×√m", 0.5, math.inf, of("AdamW")),
        Criterion("flow minus AdamW, ×√m", -0.25, 0.25, flow_minus_adamw, False),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables) + aliased(tables), "start·end ×√m"),
)
