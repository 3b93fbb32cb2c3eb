"""Causality: flipping signs of colliding first choices at the start, and nothing else.

400 networks of a kind at quick size: with 200 the intervals reached 0.7 of the way to the range.
"""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, count_quotient
from polysem._claims.experiment import SETTLED, Experiment
from polysem._claims.panel import Panel, points

STARTS = ("malign", "random", "benign")


def grid(n: list[int], c: list[float], seeds: int) -> dict:
    """m = n², where collisions are rare and decide; λ√m = c."""
    return {
        "base": {"flow.accuracy": "fast"},
        "axes": {
            "n": n,
            "m": ["n**2"],
            "l1": [f"{x}/sqrt(m)" for x in c],
            "initial": [{"kind": "flipped", "to": to} for to in STARTS],
        },
        "seeds": seeds,
    }


def over_random(to: str):
    """Count after flipping over the count after random signs (the control)."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["flipped"]
        one, control = (where(f, initial_to=t)["polysemantic"] for t in (to, "random"))
        return count_quotient(one, control, confidence)

    return effect


def panel(tables: Tables) -> Panel:
    """Counts by start, one series per network size."""
    series = []
    for n, f in tables["flipped"].groupby("n"):
        effects = [count_per(where(f, initial_to=to)["polysemantic"], 1.0, SHOWN) for to in STARTS]
        series.append(points(f"n = {n}, m = {n**2}", STARTS, effects))
    return Panel(
        "Do benign collisions cause polysemantic neurons?", "first-choice collisions are made",
        "polysemantic neurons per network", tuple(series),
        "Only signs of colliding first choices are changed; random: coin flips. Exact 95 % "
        "intervals.",
        "Counts for malign, random and benign starts.",
    )  # fmt: skip


CLAIM = Claim(
    number=14,
    name="causality",
    statement="Benign first-choice collisions cause the polysemantic neurons.",
    source=f"{PAPER}, Section 3, as a causal statement",
    reading=(
        "At m = n² (λ√m = 4), making all first-choice collisions malign takes away at least a "
        "quarter of the polysemantic neurons that random signs leave, and making all benign "
        "gives more of them."
    ),
    experiments={
        "flipped": Experiment(grid([12, 16], [4.0], 400), grid([16, 32], [4.0, 6.0], 2000),
                              accept=SETTLED)
    },
    criteria=(
        Criterion("count, made malign over random", -math.inf, 0.75, over_random("malign")),
        Criterion("count, made benign over random", 1.0, math.inf, over_random("benign")),
    ),
    panel=panel,
    numbers=lambda tables: table(
        by(tables["flipped"], ["n", "m", "l1", "initial_to"],
           lambda f: count_per(f["polysemantic"], 1.0, SHOWN)),
        "polysemantic per network",
    ),
)  # fmt: skip
